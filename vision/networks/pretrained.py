"""Networks that torchvision's authors have trained on ImageNet: fetched once, checked, kept.

A file's name ends in the first digits of its SHA-256, so that neither a broken download nor another file
under the same name is taken for it.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

from ...core.errors import FileError
from ...core.files import replacing
from ...core.reading import bad_file
from ...nn.progress import progress
from .classification_net import classification_net, expect_known
from .classifier import Classifier
from .weights import load_weights

BASE = "https://download.pytorch.org/models/"
FILES = {
    "alexnet": "alexnet-owt-7be5be79.pth",
    "vgg11": "vgg11-8a719046.pth",
    "vgg13": "vgg13-19584684.pth",
    "vgg16": "vgg16-397923af.pth",
    "vgg19": "vgg19-dcbb9e9d.pth",
    "vgg11_bn": "vgg11_bn-6002323d.pth",
    "vgg13_bn": "vgg13_bn-abd245e5.pth",
    "vgg16_bn": "vgg16_bn-6c64b313.pth",
    "vgg19_bn": "vgg19_bn-c79401a0.pth",
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-0676ba61.pth",
    "squeezenet1_0": "squeezenet1_0-b66bff10.pth",
    "squeezenet1_1": "squeezenet1_1-b8a52dc0.pth",
    "mobilenet_v2": "mobilenet_v2-b0353104.pth",
}
SECONDS, PIECE = 30, 1 << 20  # to wait for an answer; bytes read at once


def load_pretrained(
    name: str, *, folder: str | os.PathLike | None = None, show: bool = True, **options: Any
) -> Classifier:
    """Return a network trained on ImageNet, in evaluation mode; its file is fetched if it is not there yet.

    Parameters
    ----------
    name : one of `FILES`.
    folder : where the files are kept; by default ``cutaway/weights`` in the user's cache folder.
    show : a progress bar while it is fetched.
    options : as of `classification_net`.

    Raises
    ------
    ValueError : if there are no such weights; it names the nearest.
    FileError : if it cannot be fetched, and says which file to put where; or if it is another file.
    """
    expect_known("load_pretrained", "weights", name, FILES)
    path = fetched(BASE + FILES[name], Path(folder) if folder is not None else cache_folder(), show)
    net = classification_net(name, **{"rng": 0, **options})
    return load_weights(net, path).eval()  # type: ignore[return-value]


def cache_folder() -> Path:
    """Return where weights are kept: below CUTAWAY_CACHE, or the system's folder for such things."""
    if os.environ.get("CUTAWAY_CACHE"):
        return Path(os.environ["CUTAWAY_CACHE"]) / "weights"
    home = {"win32": "~/AppData/Local", "darwin": "~/Library/Caches"}.get(sys.platform, "~/.cache")
    beside = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    return Path(beside or home).expanduser() / "cutaway" / "weights"


def fetched(url: str, folder: Path, show: bool = True) -> Path:
    """Return the path of a file in the folder, which is fetched if it is not there.

    Raises as `load_pretrained`.
    """
    path = folder / url.rpartition("/")[2]
    if not path.is_file():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _fetch(url, path, show)
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise FileError(
                f"{path}: expected this file, and {url} cannot be fetched: {reason}\n"
                f"    hint: download {url} elsewhere, and put it there as it is",
                path,
            ) from error
        return path
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256") if hasattr(hashlib, "file_digest") else _digest(file)
    _expect_digest(digest.hexdigest(), path, "delete it, and it will be fetched anew")
    return path


def _digest(file: Any) -> Any:
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest


def _fetch(url: str, path: Path, show: bool) -> None:
    """Write what the address gives beside the path, and there if it is the right file."""
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        length = int(answer.headers.get("Content-Length") or 0)
        digest, came = hashlib.sha256(), 0
        bar = progress(desc=path.name, total=length or None, unit="B", unit_scale=True, enabled=show)
        with replacing(path) as file, bar:
            while piece := answer.read(PIECE):
                digest.update(piece)
                file.write(piece)
                came += len(piece)
                bar.update(len(piece))
            if length and came != length:
                raise OSError(f"{came:,} of {length:,} bytes came")
            _expect_digest(digest.hexdigest(), path, f"{url} gives another file; was it a login page?")


def _expect_digest(digest: str, path: Path, hint: str) -> None:
    """FileError unless the digits in a file's name are the first of this SHA-256."""
    found = re.search(r"-([0-9a-f]{8,64})\.\w+$", path.name)
    wanted = found[1] if found else ""
    if not digest.startswith(wanted):
        raise bad_file(path, f"a file whose SHA-256 begins with {wanted}", digest[: len(wanted)], hint=hint)
