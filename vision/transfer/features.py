"""What a network computes before its last layer, kept on disk: each photo goes through it once.

The name of a file of features says all that they depend on: SHA-256 of the weights, of the preprocessing and
of the photos' bytes.  A file that is broken is never trusted: the features are computed anew.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, no_grad
from ...core.errors import FileError
from ...core.files import replacing
from ...nn.progress import progress
from ..data.class_folders import Photos, dataset
from ..networks.classifier import Classifier
from ..networks.weights import read_arrays

FORMAT = "cutaway features 1"


def features(
    backbone: Classifier,
    data: Any,
    cache: str | os.PathLike | None = None,
    *,
    batch_size: int = 16,
    show: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the last layer is given for each photo, x (N, num_features), and the classes y (N,).

    Maps are averaged over their pixels.  The network is left as it was, batch norm's statistics too.

    Parameters
    ----------
    data : photos, as `find_classes` gives; or any data set of (image (H, W, 3) uint8, class).
    cache : a folder where the features are kept, made if it is not there.
    show : a progress bar.
    """
    photos = dataset(data)
    y = _classes(photos)
    shape = (len(y), backbone.num_features)
    path = None if cache is None else Path(cache) / f"features-{key(backbone, photos)}.npz"
    kept = None if path is None else _kept(path, shape)
    if kept is not None:
        return kept, y

    def before_last(x: Tensor) -> list[np.ndarray]:
        given: list[np.ndarray] = []
        remove = backbone.last.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].data))
        try:
            backbone(x)
        finally:
            remove()
        maps = given[0]
        return [maps.mean(axis=tuple(range(2, maps.ndim)), dtype=np.float32)]

    (x,) = _through(backbone, photos, before_last, batch_size, show)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            np.savez(file, x=x)
    return x, y


def layer_outputs(
    net: Classifier, data: Any, paths: Sequence[str], *, pixels: int = 1, batch_size: int = 16
) -> dict[str, np.ndarray]:
    """Return what modules answer to each photo, by path: (N, C pixels^2), maps averaged to pixels x pixels.

    Raises
    ------
    AttributeError : if there is no module of that path.
    """
    photos = dataset(data)
    modules, pool = [net.get_submodule(path) for path in paths], nn.AdaptiveAvgPool2d(pixels)

    def answers(x: Tensor) -> list[np.ndarray]:
        seen: dict[int, np.ndarray] = {}

        def keep(module: nn.Module, inputs: tuple, output: Tensor) -> None:
            pooled = pool(output) if output.ndim == 4 and output.shape[-1] > pixels else output
            seen[id(module)] = np.array(pooled.data).reshape(len(output), -1)

        removers = [module.register_forward_hook(keep) for module in modules]
        try:
            net(x)
        finally:
            for remove in removers:
                remove()
        return [seen[id(module)] for module in modules]

    return dict(zip(paths, _through(net, photos, answers, batch_size, False), strict=True))


def scores_of(net: Classifier, data: Any, batch_size: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores (N, classes) that a network gives to data as of `features`, and the classes (N,)."""
    photos = dataset(data)
    (scores,) = _through(net, photos, lambda x: [net(x).data], batch_size, False)
    return scores, _classes(photos)


def _classes(photos: Any) -> np.ndarray:
    """Return the classes (N,), of files without reading them."""
    pairs = photos.photos if isinstance(photos, Photos) else (photos[i] for i in range(len(photos)))
    return np.array([number for _, number in pairs], np.int64)


def _through(
    net: Classifier, photos: Any, answers: Callable, batch_size: int, show: bool
) -> list[np.ndarray]:
    """Return the arrays of ``answers`` for all photos, batch by batch, in evaluation mode."""
    middles = nn.Mapped(photos, lambda item: (net.preprocess(item[0]), item[1]))
    loader, found = nn.DataLoader(middles, batch_size, seed=0), []
    with evaluating(net), no_grad(), progress(total=len(loader), desc="features", enabled=show) as bar:
        for images, _ in loader:
            found.append(answers(Tensor(images)))
            bar.update()
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Inside, a network is in evaluation mode; behind it each module is as it was."""
    modes = [(module, module.training) for module in net.modules()]
    try:
        net.eval()
        yield
    finally:
        for module, mode in modes:
            object.__setattr__(module, "training", mode)


def key(backbone: Classifier, photos: Any) -> str:
    """Return letters that change with the weights before the last layer, the preprocessing and the photos."""
    digest = hashlib.sha256(f"{FORMAT} {dataclasses.asdict(backbone.preprocess)}".encode())
    digest.update(repr(list(backbone.trunk().values())).encode())
    for name, values in backbone.state_dict().items():
        if not name.startswith(f"{backbone.LAST}."):
            digest.update(f"{name} {values.shape} {values.dtype} ".encode() + values.tobytes())
    for i in range(len(photos)):
        if isinstance(photos, Photos):
            content = photos.photos[i][0].read_bytes()
        else:
            image = np.ascontiguousarray(photos[i][0])
            content = f"{image.shape} {image.dtype} ".encode() + image.tobytes()
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:32]


def _kept(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """Return the features in a file; None if there is none, or it is not what was written."""
    try:
        x = read_arrays(path)["x"]  # the archive's checksum is compared on the way
    except (OSError, FileError, KeyError, ValueError):
        return None
    return x if x.shape == shape and x.dtype == np.float32 and np.isfinite(x).all() else None
