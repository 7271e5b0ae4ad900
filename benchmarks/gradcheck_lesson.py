"""What PyTorch, JAX and HIPS autograd say of the mistakes of the tour's chapter on checking gradients.

    PYTHON_WITH_TORCH_JAX_AND_AUTOGRAD benchmarks/gradcheck_lesson.py

Prints the tables ``NOTICED`` and ``SAID`` of ``lessons/checking.py``.
"""

from __future__ import annotations

import pprint
import sys
import warnings
from pathlib import Path

import numpy as np
from cutaway.lessons import checking

sys.path.insert(0, str(Path(__file__).resolve().parent))
import gradcheck_peers as peers

COLUMNS = ("by_torch", "by_jax", "by_autograd")


def pair(backward):
    """Return the layer and a backward function as a plain pair."""

    def vjp(g, *xs):
        return backward(np.asarray(g), checking.forward(*xs)[1])

    return lambda *xs: checking.forward(*xs)[0], vjp


def main() -> None:
    warnings.simplefilter("ignore")
    noticed, said = {}, {}
    for name, backward in checking.MISTAKES.items():
        fn, vjp = pair(backward)
        row = []
        for column in COLUMNS:
            np.random.seed(0)  # noqa: NPY002  their directions are drawn from it
            row.append(not getattr(peers, column)(fn, vjp, checking.inputs(), [0, 1, 2]))
        noticed[name] = tuple(row)
    fn, vjp = pair(checking.first_row)
    for name, column in (("torch", peers.by_torch), ("jax", peers.by_jax)):
        np.random.seed(0)  # noqa: NPY002
        try:
            column(fn, vjp, checking.inputs(), [0, 1, 2], told=True)
        except Exception as error:
            said[name] = str(error).strip()
    pprint.pprint({"NOTICED": noticed, "SAID": said}, width=108)


if __name__ == "__main__":
    main()
