"""The C word2vec as one would tune it: -Ofast for this processor, and a noise table that the cache can hold.

Its source comes from the package index when it is needed, is built in a folder of its own, and is not kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

TABLE, SMALL = (
    "table_size = 1e8",
    "table_size = 1e6",
)  # of 400 MB and of 4 MB: nearly every draw misses in the first
FLAGS = ("-Ofast", "-march=native", "-funroll-loops")


def build(folder: Path) -> Path | None:
    """Return the tuned tool, or None, with the reason on stderr, where it cannot be had."""
    try:
        return _build(folder)
    except (OSError, StopIteration, ValueError, subprocess.CalledProcessError, tarfile.TarError) as error:
        print(f"no tuned word2vec: {error}", file=sys.stderr)
        return None


def _build(folder: Path) -> Path:
    fetch = (
        "pip",
        "download",
        "--quiet",
        "--no-binary",
        ":all:",
        "--no-deps",
        "--dest",
        str(folder),
        "word2vec",
    )
    subprocess.run([sys.executable, "-m", *fetch], check=True, capture_output=True)
    with tarfile.open(next(folder.glob("word2vec-*.tar.gz"))) as archive:
        name = next(n for n in archive.getnames() if n.endswith("/includes/word2vec.c") and "win32" not in n)
        member = archive.extractfile(name)
        text = member.read().decode() if member else ""
    if TABLE not in text:
        raise ValueError(f"its source has no {TABLE!r}")
    source, tool = folder / "word2vec.c", folder / "word2vec"
    source.write_text(text.replace(TABLE, SMALL))
    compiler = os.environ.get("CC") or shutil.which("gcc") or "cc"
    subprocess.run(
        [compiler, str(source), "-o", str(tool), *FLAGS, "-lm", "-pthread"], check=True, capture_output=True
    )
    return tool
