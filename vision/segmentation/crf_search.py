"""Which parameters suit a network: every combination on a few validation images, by mean IoU."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...nn.progress import progress
from .crf_inputs import colours_of, unary_of
from .dense_crf import dense_crf
from .metrics import ConfusionMatrix

# Chen et al. 2014, section 4.2; of w1 both ends of its range
DEEPLAB_GRID: dict[str, tuple[float, ...]] = {
    "compat_bilateral": (5, 10),
    "sxy_bilateral": tuple(range(50, 101, 10)),
    "srgb": tuple(range(3, 11)),
    "compat_gaussian": (3,),
    "sxy_gaussian": (3,),
}
OPTIONS = [
    name for name, each in inspect.signature(dense_crf).parameters.items() if each.kind == each.KEYWORD_ONLY
]
FIXED = ("labels", "features", "feature_scales")


@dataclass(frozen=True)
class CRFSearch:
    """What a search found.

    Attributes
    ----------
    best : the parameters, to be given to `dense_crf`; {} if none is better than the network alone.
    mean_iou : with them.
    before : mean IoU of the network alone.
    tried : every combination and its mean IoU, the best first; of equals, the first in the grid.
    """

    best: dict[str, Any]
    mean_iou: float
    before: float
    tried: tuple[tuple[dict[str, Any], float], ...]

    def __str__(self) -> str:
        lines = [f"{self.before:.4f}  without"]
        for parameters, score in self.tried[:5]:
            named = ", ".join(f"{name}={value}" for name, value in parameters.items())
            lines.append(f"{score:.4f}  {named}")
        return "\n".join(lines)


def search_crf(
    examples: Iterable[tuple[Any, Any, Any]],
    grid: Mapping[str, Sequence[Any]] | None = None,
    *,
    ignore_index: int = 255,
    show_progress: bool = True,
    **fixed: Any,
) -> CRFSearch:
    """Try every combination of parameters on validation images.

    Parameters
    ----------
    examples : triples of probabilities (K, H, W), image, and truth (H, W) of class numbers.
    grid : {parameter of `dense_crf`: values to try}; None is DeepLab's, 96 combinations.
    ignore_index : true labels of this value count for nothing.
    fixed : parameters of `dense_crf` that are the same in all.

    Raises
    ------
    ValueError : no examples, or one of another shape or number of classes; a parameter that does not exist,
        or has no values.  It is said before the work begins.
    """
    grid = DEEPLAB_GRID if grid is None else grid
    examples = list(examples)
    _expect_parameters(grid, fixed)
    without = _expect_examples(examples, ignore_index)
    combinations = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    K = len(without.names)
    tiny = np.full((K, 1, 1), 1 / K), np.zeros((1, 1, 3), np.uint8)
    for each in combinations:  # a bad value is an error now
        dense_crf(*tiny, **fixed, **each)
    tried = []
    bar = progress(combinations, desc="crf", unit="setting", enabled=show_progress)
    for each in bar:
        matrix = ConfusionMatrix(len(without.names), ignore_index)
        for probabilities, image, truth in examples:
            matrix.update(truth, dense_crf(probabilities, image, labels=True, **fixed, **each))
        tried.append((each, matrix.mean_iou()))
    tried.sort(key=lambda pair: -pair[1])  # stable
    before, (best, score) = without.mean_iou(), tried[0]
    if not score > before:
        best, score = {}, before
    return CRFSearch({**fixed, **best} if best else {}, score, before, tuple(tried))


def _expect_parameters(grid: Mapping[str, Sequence[Any]], fixed: Mapping[str, Any]) -> None:
    allowed = [name for name in OPTIONS if name not in FIXED]
    for name in (*grid, *fixed):
        if name not in allowed:
            raise ValueError(f"search_crf: there is no parameter {name!r} to search; there are {allowed}")
        if name in grid and name in fixed:
            raise ValueError(f"search_crf: {name} is in the grid and fixed; leave one out")
    for name, values in grid.items():
        if isinstance(values, str) or not hasattr(values, "__len__") or not len(values):
            raise ValueError(f"search_crf: expected values to try for {name}, a list, got {values!r}")


def _expect_examples(examples: list, ignore_index: int) -> ConfusionMatrix:
    """Return the confusion matrix without a CRF; it looks at every array on the way."""
    if not examples:
        raise ValueError("search_crf: expected some examples (probabilities, image, truth), got none")
    matrix = None
    for number, example in enumerate(examples):
        try:
            probabilities, image, truth = example
            unary, size = unary_of(probabilities)
            colours_of(image, size)
            matrix = matrix or ConfusionMatrix(unary.shape[1], ignore_index)
            if unary.shape[1] != len(matrix.names):
                raise ValueError(
                    f"expected {len(matrix.names)} classes as in the first, got {unary.shape[1]}"
                )
            matrix.update(truth, unary.argmin(1).reshape(size))
        except (ValueError, TypeError) as error:
            raise ValueError(f"search_crf: example {number}: {error}") from error
    assert matrix is not None
    return matrix
