"""A gradient of another shape than its input: what would make it right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from .evidence import Evidence


def other_shape(e: Evidence) -> Iterator[tuple[str, str]]:
    """Yield how to make the right gradient of it: a sum, a transpose or a reshape."""
    answers = np.array(e.answers)
    came = answers.shape[1:]
    right = e.right().reshape(len(answers), *e.x.shape)
    told = f"the gradient has shape {came} where the input has {e.x.shape}"
    for count in range(1, len(came) + 1):
        for axes in combinations(range(len(came)), count):
            summed = answers.sum(tuple(a + 1 for a in axes))
            over = f"axis {axes[0]}" if count == 1 else f"axes {', '.join(map(str, axes))}"
            if summed.size == right.size and e.fits(right, summed.reshape(right.shape)):
                if all(came[a] == 1 for a in axes):
                    yield "shape", f"{told}: right but for axes of length one; reshape it"
                else:
                    yield (
                        "sum",
                        f"{told}: the sum over {over}, along which the input was broadcast, is missing",
                    )
                return
    if answers.size == right.size:
        if e.fits(right, np.moveaxis(answers, 0, -1).T.reshape(right.shape)) and len(came) > 1:
            yield "transposed", f"{told}: it is transposed"
            return
        if e.fits(right, answers.reshape(right.shape)):
            yield "shape", f"{told}: right but for the shape; reshape it"
            return
    for count in range(1, e.x.ndim + 1):
        for axes in combinations(range(e.x.ndim), count):
            summed = right.sum(tuple(a + 1 for a in axes))
            if summed.size == answers.size and e.fits(summed, answers.reshape(summed.shape)):
                yield (
                    "axis",
                    f"{told}: it is summed over axes {list(axes)} of the input, which was not broadcast",
                )
                return
