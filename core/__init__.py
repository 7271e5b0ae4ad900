"""The engine: `Tensor`, ops with their gradients, the backward pass, the gradient checker, pictures."""

from . import create, operators, ops
from .backward import grad
from .errors import AnomalyError, CutawayError, DtypeError, FileError, GradientError, ShapeError
from .gradcheck import gradcheck
from .mode import detect_anomaly, enable_grad, is_grad_enabled, keep_values, no_grad
from .op import case, op
from .picture import graph
from .propagate import unbroadcast
from .tensor import Tensor

as_tensor, tensor = create.as_tensor, create.tensor  # the function, not the module of that name

__all__ = [
    "AnomalyError",
    "CutawayError",
    "DtypeError",
    "FileError",
    "GradientError",
    "ShapeError",
    "Tensor",
    "as_tensor",
    "case",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "gradcheck",
    "graph",
    "is_grad_enabled",
    "keep_values",
    "no_grad",
    "op",
    "ops",
    "tensor",
    "unbroadcast",
]
