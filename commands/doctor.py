"""Say what is installed and which kernels run, and why."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys

SUMMARY = "say which kernels are live, and why"
LIBRARIES = ("numpy", "scipy", "numba", "matplotlib", "pillow", "tqdm", "jinja2", "safetensors")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser  # there is nothing to choose


def run(arguments: argparse.Namespace) -> int:
    del arguments
    from .. import __version__, kernels

    print(f"cutaway {__version__}, Python {platform.python_version()} ({sys.executable})")
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    print(", ".join(f"{name} {_installed(name)}" for name in LIBRARIES))
    print(kernels.status())
    return 0


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "MISSING"
