"""The pytest plugin: a fixture ``gradcheck`` that fails a test with the whole report.

    def test_my_backward(gradcheck):
        gradcheck(forward, x, w, vjp=backward)

It stands beside the package, not in it, so that pytest loads neither cutaway nor NumPy for a test that does
not ask for it.
"""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def gradcheck() -> Any:
    """Return ``cutaway.gradcheck``, which fails the test unless everything holds, and returns the report.

    Beside the arguments of ``cutaway.gradcheck`` it takes ``inconclusive=True``: then a kink, an edge or
    round-off does not fail the test, a wrong entry does.
    """
    import cutaway  # pyright: ignore[reportMissingImports]  its own folder is the package

    def check(fn: Any, *inputs: Any, inconclusive: bool = False, **options: Any) -> Any:
        __tracebackhide__ = True
        report = cutaway.gradcheck(fn, *inputs, **options)
        if not report and not (inconclusive and report.verdict == "inconclusive"):
            pytest.fail(str(report), pytrace=False)
        return report

    return check
