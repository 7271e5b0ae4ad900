"""Modules, losses, optimisers, schedules, data feeding, the training loop, checkpoints; PyTorch's names."""

from . import checkpoint, functional, init, optim, schedule
from .activation import (
    ELU,
    GELU,
    Dropout,
    Flatten,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
)
from .callbacks import EarlyStopping, PrintEpochs
from .checkpoint import CheckpointError
from .containers import ModuleList, Sequential
from .convolution import BilinearConvTranspose2d, Conv1d, Conv2d, ConvTranspose2d
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
from .fit import fit
from .linear import Embedding, Linear
from .losses import BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss
from .module import Module, Parameter
from .normalisation import BatchNorm1d, BatchNorm2d, LocalResponseNorm
from .pooling import AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, MaxPool2d, MaxUnpool2d, Upsample
from .summary import summary
from .training import Training

__all__ = [
    "ELU",
    "GELU",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool2d",
    "ArrayDataset",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BilinearConvTranspose2d",
    "CheckpointError",
    "ConcatDataset",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "DataLoader",
    "Dataset",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "Identity",
    "L1Loss",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "MSELoss",
    "Mapped",
    "MaxPool2d",
    "MaxUnpool2d",
    "Module",
    "ModuleList",
    "Parameter",
    "PrintEpochs",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Subset",
    "Tanh",
    "TensorDataset",
    "Training",
    "Upsample",
    "checkpoint",
    "fit",
    "functional",
    "init",
    "optim",
    "random_split",
    "schedule",
    "summary",
]
