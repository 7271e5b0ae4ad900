"""What a single output sees: the gradient of its score with respect to the image."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, grad


def influence(
    model: nn.Module, image: np.ndarray, pixel: tuple[int, int], label: int | None = None
) -> np.ndarray:
    """Return how much each pixel of the image moves one output pixel's score: max over channels of |d score /
    d pixel| (H, W).

    The absolute gradient of Simonyan et al. 2013, section 3, taken for one output pixel; where it is not
    zero lies in that pixel's receptive field (Luo et al. 2016).

    Parameters
    ----------
    image : (C, H, W).
    pixel : (row, column) of the output.
    label : the class whose score is meant; None for the predicted one.
    """
    x = Tensor(np.asarray(image, np.float32)[None]).requires_grad_()
    model.eval()
    scores = model(x)[0, :, pixel[0], pixel[1]]
    label = int(scores.data.argmax()) if label is None else label
    g: Any = grad(scores[label], x)
    return np.abs(g.data[0]).max(0)
