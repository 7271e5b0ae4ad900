"""Weights that others have trained: their files, in their names and layouts, into our networks.

    file of                     network           what is translated
    SqueezeNet's authors (npz)  squeezenet1_0     conv1, fire2 ... fire9, conv10 -> torchvision's paths
    Keras (npz)                 mobilenet_v1      names; kernels H W in out -> out in H W
    torchvision (pth,           vgg, alexnet ...  nothing: our paths are theirs
      safetensors)

With the weights comes the preprocessing that they were trained with, ``net.preprocess``; SqueezeNet's authors
also gave conv10 a border of one pixel.  What does not fit is told path by path, and then nothing is changed.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ... import nn
from ...core.errors import FileError
from ...core.reading import bad_file, expect_room, reading
from ...core.save import read_safetensors
from ...nn.pytorch_files.read import SUFFIXES, read_pth
from . import preprocess
from .mobilenet import MobileNet
from .squeezenet import Fire, SqueezeNet

KERAS = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
AUTHORS, KERAS_MARK = "fire2.squeeze.weight", "conv1_bn.moving_mean"  # arrays that only such files have


def load_weights(
    net: nn.Module, path: str | os.PathLike, skip: Sequence[str] = (), max_bytes: int | None = None
) -> nn.Module:
    """Copy the arrays of a file into a network, in the names of which library ever; return the network.

    Parameters
    ----------
    net : one of the networks of this folder.
    path : a ``.npz`` or ``.safetensors`` file, or one of PyTorch's (``.pth``, ``.pt``, ``.bin``, ``.ckpt``,
        ``.tar``).
    skip : beginnings of paths that stay as they are, such as ``("classifier.",)`` for other classes.
    max_bytes : of memory for what the file holds; by default four times the file and 200 MB.

    Raises
    ------
    FileNotFoundError : if there is no such file.
    FileError : if it is damaged, or of another kind, or too large.
    ShapeError : if names or shapes do not fit; with a table of the differences.
    """
    return fill(net, read_arrays(path, max_bytes), skip)


def fill(net: nn.Module, given: dict[str, np.ndarray], skip: Sequence[str] = ()) -> nn.Module:
    """Do what `load_weights` does with the arrays of a file."""
    arrays = translated(net, given)
    own = net.state_dict()
    counters = {name: own[name] for name in own if name.endswith("num_batches_tracked")}
    arrays = {name: array for name, array in arrays.items() if not name.startswith(tuple(skip))}
    kept = {name: array for name, array in own.items() if name.startswith(tuple(skip))}
    net.load_state_dict({**counters, **arrays, **kept})
    if isinstance(net, SqueezeNet) and AUTHORS in given:
        net.preprocess = preprocess.SQUEEZENET_AUTHORS
        net.last.padding = (1, 1)
    elif isinstance(net, MobileNet) and KERAS_MARK in given:
        net.preprocess = preprocess.KERAS
    return net


def read_arrays(path: str | os.PathLike, max_bytes: int | None = None) -> dict[str, np.ndarray]:
    """Return the arrays of a file by name; raises as `load_weights`."""
    path = Path(path)
    if path.suffix == ".safetensors":
        arrays = read_safetensors(path)[0]
    elif path.suffix in SUFFIXES:
        arrays = read_pth(path, max_bytes)
    elif path.suffix == ".npz":
        arrays = _read_npz(path, max_bytes)
    else:
        raise bad_file(path, "a name that ends in .npz, .safetensors or .pth", repr(path.suffix))
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            raise bad_file(path, f"numbers in {name}", f"an array of {array.dtype}")
    return arrays


def _read_npz(path: Path, max_bytes: int | None) -> dict[str, np.ndarray]:
    with reading(path, "arrays in a .npz file"):
        with zipfile.ZipFile(path) as archive:
            expect_room(path, sum(each.file_size for each in archive.infolist()), "unpacked, it", max_bytes)
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}


def translated(net: nn.Module, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays under the paths, and in the layouts, that the network has.

    Raises
    ------
    FileError : if a network of Keras is meant for something that is no `MobileNet`.
    """
    if isinstance(net, SqueezeNet) and AUTHORS in arrays:
        return {_squeezenet_path(net)(name): array for name, array in arrays.items()}
    if KERAS_MARK in arrays or any(name.endswith(".moving_mean") for name in arrays):
        if not isinstance(net, MobileNet):
            raise FileError(f"weights: MobileNet's arrays of Keras, the network is a {type(net).__name__}")
        return dict(_from_keras(name, array) for name, array in arrays.items())
    return arrays


def _squeezenet_path(net: SqueezeNet) -> Callable[[str], str]:
    """Return the function from the authors' names to ours: the fires are numbered from 2 on."""
    fires = [path for path, module in net.named_modules() if isinstance(module, Fire)]
    ours = {"conv1": "features.0", "conv10": "classifier.1"}
    ours |= {f"fire{number}": path for number, path in enumerate(fires, start=2)}

    def path(name: str) -> str:
        first, _, rest = name.partition(".")
        return f"{ours.get(first, first)}.{rest}"

    return path


def _from_keras(name: str, array: np.ndarray) -> tuple[str, np.ndarray]:
    """Return (path, array) of one of Keras's.

    >>> _from_keras("conv_dw_2.depthwise_kernel", np.zeros((3, 3, 16, 1)))[0]
    'features.2.depthwise_conv.weight'
    >>> _from_keras("conv1_bn.gamma", np.zeros(8))[0]
    'features.0.norm.weight'
    """
    layer, _, kind = name.rpartition(".")
    layout = {"kernel": (3, 2, 0, 1), "depthwise_kernel": (2, 3, 0, 1)}  # H W in out -> out in H W
    if kind in layout and array.ndim == 4:
        array, kind = array.transpose(layout[kind]), "weight"
    found = re.fullmatch(r"conv(?:1|_(dw|pw)_(\d+))(_bn)?", layer)
    if layer == "conv_preds":
        return f"classifier.1.{kind}", array
    if not found:
        return name, array
    half, block, is_norm = found.groups()
    half = {"dw": "depthwise_", "pw": "pointwise_", None: ""}[half]
    part = "norm" if is_norm else "conv"
    return f"features.{block or 0}.{half}{part}.{KERAS.get(kind, kind)}", array
