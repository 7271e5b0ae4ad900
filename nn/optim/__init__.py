"""Optimisers, one file per family: each is its update rule, written as in the paper."""

from .adam import Adam, AdamW
from .adaptive import Adadelta, Adagrad, RMSprop
from .base import Optimiser, clip_grad_norm_, clip_grad_value_
from .sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimiser",
    "RMSprop",
    "clip_grad_norm_",
    "clip_grad_value_",
]
