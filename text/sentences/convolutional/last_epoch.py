"""The network of the last epoch, beside the one that dev chose: what choosing was worth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .... import nn


class LastEpoch:
    """Of `nn.fit`'s callbacks one that stands before `nn.EarlyStopping`, and keeps what that replaces.

    Attributes
    ----------
    state : dict
        The parameters after the last epoch; empty before the end of training.
    """

    def __init__(self) -> None:
        self.state: dict[str, np.ndarray] = {}

    def __call__(self, training: nn.Training) -> None:
        """After an epoch there is nothing to do: another may follow."""

    def finish(self, training: nn.Training) -> None:
        """Keep the parameters."""
        self.state = {name: value.copy() for name, value in training.model.state_dict().items()}

    @contextmanager
    def within(self, net: nn.Module) -> Iterator[None]:
        """Give the network these parameters for a while; words that came up since keep their vectors.

        Raises
        ------
        ValueError : nothing was trained; a file of a model does not have the last epoch.
        """
        if not self.state:
            raise ValueError("the last epoch is there after fit(texts, y) alone, not in a file")
        best = {name: value.copy() for name, value in net.state_dict().items()}
        net.load_state_dict(
            {name: np.concatenate([self.state[name], best[name][len(self.state[name]) :]]) for name in best}
        )
        try:
            yield
        finally:
            net.load_state_dict(best)
