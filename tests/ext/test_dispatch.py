"""The choice of kernels: who is in charge, who says so, and what the errors tell."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from cutaway.ext import conv, dispatch, kernels, native

C = native.load() is not None
needs_c = pytest.mark.skipif(not C, reason="C kernels are not built")


def python(code, **environment):
    """Run code in a fresh interpreter and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_use_holds_until_the_block_ends():
    before = kernels.in_charge()
    with kernels.use("reference"):
        assert kernels.in_charge() == "reference"
        with kernels.use("numba"):
            assert kernels.in_charge() == "numba"
        assert kernels.in_charge() == "reference"
    assert kernels.in_charge() == before


def test_use_as_a_call_holds_in_this_thread_only():
    seen = []

    def work():
        kernels.use("reference")
        seen.append(kernels.in_charge())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["reference"]
    assert kernels.in_charge() != "reference"


def test_unknown_kernels_are_named_with_the_choices():
    with pytest.raises(ValueError, match="unknown kernels 'fast'; choose 'reference', 'numba' or 'c'"):
        kernels.use("fast")


def test_asking_for_c_without_it_says_why_and_what_next(monkeypatch):
    monkeypatch.setattr(native, "load", lambda: None)
    monkeypatch.setattr(native, "why_not", lambda: "they were not compiled")
    with pytest.raises(
        RuntimeError, match=r"(?s)not available: they were not compiled.*hint: install gcc or clang"
    ):
        kernels.use("c")
    assert dispatch.in_charge() in ("numba", os.environ.get("CUTAWAY_KERNELS"))


def test_the_environment_chooses():
    code = "from cutaway.ext import kernels; print(kernels.in_charge())"
    assert python(code, CUTAWAY_KERNELS="reference") == "reference"
    assert "CUTAWAY_KERNELS: unknown kernels 'x'" in python(code, CUTAWAY_KERNELS="x")


@needs_c
def test_the_environment_chooses_the_instruction_set():
    code = "from cutaway.ext import native; print(native.level())"
    assert python(code, CUTAWAY_ISA="baseline") == "baseline"
    assert "choose among avx512, avx2, baseline" in python(code, CUTAWAY_ISA="sse9")


def test_importing_the_kernels_imports_no_numba():
    code = (
        "import cutaway.ext.conv, cutaway.ext.pool, cutaway.ext.upsample, sys; print('numba' in sys.modules)"
    )
    assert python(code) == "False"


def test_status_lists_every_kernel_and_says_why_c_is_missing():
    status = kernels.status()
    assert set(status.kernels) >= {
        "conv2d",
        "conv2d_input",
        "conv2d_weight",
        "max_pool2d",
        "upsample_bilinear2d",
    }
    assert all(live[-1] == "reference" for live in status.kernels.values())
    assert status.kernels["conv2d"][-2:] == ("numba", "reference")
    assert (status.c_missing is None) == C
    assert "conv2d_weight" in str(status)


def test_each_rung_is_reached(monkeypatch):
    x, w, called = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2)), []
    kernel = dispatch.KERNELS["conv2d"]
    for rung in dispatch.LADDER:
        monkeypatch.setitem(kernel._found, rung, lambda *arguments, rung=rung: called.append(rung))
    for rung in ("reference", "numba", *(["c"] if C else [])):
        with kernels.use(rung):
            conv.conv2d(x, w)
    assert called == ["reference", "numba", *(["c"] if C else [])]
