"""Optimisers, one file per family: each is its update rule, written as in the paper."""

from . import lr_scheduler
from .adam import Adam, AdamW
from .adam_relatives import Adamax, NAdam, RAdam
from .adaptive import Adadelta, Adagrad, RMSprop
from .base import Optimiser, clip_grad_norm_, clip_grad_value_
from .lbfgs import LBFGS
from .row_adadelta import RowAdadelta
from .sgd import SGD

Optimizer = Optimiser  # as PyTorch spells it

__all__ = [
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimiser",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "RowAdadelta",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lr_scheduler",
]
