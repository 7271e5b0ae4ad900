"""The machine that a page was made on, in one line."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import numpy as np

from ..ext import kernels

CPU_INFO = Path("/proc/cpuinfo")


def machine() -> str:
    """Return processor, cores, versions and the kernels that run, such as "AMD EPYC, 2 cores, ..."."""
    status = kernels.status()
    rung = f"C ({status.instruction_set})" if status.chosen == "c" else status.chosen
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return (
        f"{processor()}, {cores} core{'s' if cores != 1 else ''}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, {rung} kernels on {status.threads} thread"
        f"{'s' if status.threads != 1 else ''}"
    )


def processor() -> str:
    """Return the processor's name, or if the system does not tell it, its architecture."""
    if CPU_INFO.is_file():
        return model_name(CPU_INFO.read_text(encoding="utf-8", errors="replace")) or platform.machine()
    if platform.system() == "Darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
        return told.stdout.strip() or platform.machine()
    return platform.processor() or platform.machine() or "a processor without a name"


def model_name(cpu_info: str) -> str:
    """Return the name in the text of ``/proc/cpuinfo``, "" if it has none.

    >>> model_name("processor : 0\\nmodel name : AMD  EPYC 7B13\\n")
    'AMD EPYC 7B13'
    """
    for line in cpu_info.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("model name", "hardware"):
            return " ".join(value.split())
    return ""
