"""Modules, losses, optimisers, schedules, data feeding, the training loop, checkpoints; PyTorch's names."""

from typing import Any

from ..core import hints as _hints
from . import checkpoint, functional, init, optim, parallel, schedule
from .activation import (
    ELU,
    GELU,
    GLU,
    SELU,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from .callbacks import EarlyStopping, PrintEpochs
from .cells import GRUCell, LSTMCell, RNNCell
from .checkpoint import CheckpointError
from .containers import ModuleDict, ModuleList, ParameterList, Sequential
from .convolution import Conv1d, Conv2d
from .data import DataLoader
from .datasets import (
    ArrayDataset,
    ConcatDataset,
    Dataset,
    Mapped,
    Subset,
    TensorDataset,
    random_split,
)
from .dropout import Dropout, Dropout1d, Dropout2d, Flatten, Identity, Unflatten
from .fit import fit
from .fold import fold
from .freezing import freeze, unfreeze
from .hints import HINTS as _HINTS
from .layer_norm import GroupNorm, InstanceNorm1d, InstanceNorm2d, LayerNorm
from .linear import Embedding, EmbeddingBag, Linear
from .losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CosineSimilarity,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from .module import Module, Parameter
from .normalisation import BatchNorm1d, BatchNorm2d, LocalResponseNorm
from .padding import (
    CircularPad1d,
    CircularPad2d,
    ConstantPad1d,
    ConstantPad2d,
    ReflectionPad1d,
    ReflectionPad2d,
    ReplicationPad1d,
    ReplicationPad2d,
    ZeroPad1d,
    ZeroPad2d,
)
from .pooling import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AvgPool1d,
    AvgPool2d,
    MaxPool1d,
    MaxPool2d,
    MaxUnpool2d,
    Upsample,
)
from .pytorch_files.read import read_pth
from .recurrent import GRU, LSTM, RNN
from .summary import summary
from .training import Training
from .transposed import BilinearConvTranspose2d, ConvTranspose1d, ConvTranspose2d

__all__ = [
    "ELU",
    "GELU",
    "GLU",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "ArrayDataset",
    "AvgPool1d",
    "AvgPool2d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BilinearConvTranspose2d",
    "CheckpointError",
    "CircularPad1d",
    "CircularPad2d",
    "ConcatDataset",
    "ConstantPad1d",
    "ConstantPad2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "CosineEmbeddingLoss",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "DataLoader",
    "Dataset",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "EarlyStopping",
    "Embedding",
    "EmbeddingBag",
    "Flatten",
    "GRUCell",
    "GroupNorm",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "HuberLoss",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "KLDivLoss",
    "L1Loss",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "Mapped",
    "MaxPool1d",
    "MaxPool2d",
    "MaxUnpool2d",
    "Mish",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "PReLU",
    "Parameter",
    "ParameterList",
    "PrintEpochs",
    "RNNCell",
    "ReLU",
    "ReLU6",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "Softsign",
    "Subset",
    "Tanh",
    "TensorDataset",
    "Training",
    "Unflatten",
    "Upsample",
    "ZeroPad1d",
    "ZeroPad2d",
    "checkpoint",
    "fit",
    "fold",
    "freeze",
    "functional",
    "init",
    "optim",
    "parallel",
    "random_split",
    "read_pth",
    "schedule",
    "summary",
    "unfreeze",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    raise AttributeError(_hints.missing("cutaway.nn", name, _HINTS, __all__))
