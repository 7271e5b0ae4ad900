"""The layers of a network from input to output, and which of them learn.

A layer is what has weights and runs as one: a convolution with its batch norm, a fire module, a residual
block, a linear layer.  A frozen layer keeps its weights, and its batch norm keeps its statistics: it stays in
evaluation mode whatever `train` says, or the layers behind it would see other numbers in every batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ... import nn

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm)  # they belong to the layer before


@dataclass(frozen=True)
class Layer:
    """A layer: its path in the network, and its modules."""

    path: str
    modules: tuple[nn.Module, ...]

    def parameters(self) -> list[nn.Parameter]:
        """Return its parameters, in their order."""
        return [p for module in self.modules for p in module.parameters()]

    @property
    def learns(self) -> bool:
        """Whether any of its parameters is not frozen."""
        return any(p.requires_grad for p in self.parameters())


def layers(net: nn.Module) -> list[Layer]:
    """Return the layers that have weights, from the input on; the last one gives the scores.

    >>> net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2))
    >>> [layer.path for layer in layers(net)]
    ['0', '4']
    """
    found: list[Layer] = []
    for path, module in _parts(net):
        if not list(module.parameters()):
            continue
        if isinstance(module, NORMS) and found:
            before = found[-1]
            found[-1] = Layer(before.path, (*before.modules, module))
        else:
            found.append(Layer(path, (module,)))
    return found


def _parts(net: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the parts of a network, those of a `Sequential` one by one."""
    for name, child in net.named_children():
        if isinstance(child, nn.Sequential):
            yield from ((f"{name}.{inner}", part) for inner, part in child.named_children())
        else:
            yield name, child


def freeze(net: nn.Module, count: int) -> None:
    """Freeze the first ``count`` layers, weights and statistics of batch norm; the others learn.

    Raises
    ------
    ValueError : if the network has not so many layers.
    """
    found = layers(net)
    if not 0 <= count <= len(found):
        raise ValueError(f"freeze: expected 0 to {len(found)} layers, the network's, got {count}")
    for number, layer in enumerate(found):
        for module in layer.modules:
            if number < count:
                nn.freeze(module)
            else:
                nn.unfreeze(module)
                module.train(net.training)


def unfreeze(net: nn.Module, k: int) -> None:
    """Let the last ``k`` layers learn and freeze the others; 1 is the layer of the scores alone.

    Raises
    ------
    ValueError : if the network has not so many layers.
    """
    count = len(layers(net))
    if not 0 <= k <= count:
        raise ValueError(f"unfreeze: expected 0 to {count} layers, the network's, got {k}")
    freeze(net, count - k)


def snapshot(net: nn.Module) -> list[np.ndarray]:
    """Return copies of all parameters, to ask `moved` about later."""
    return [p.data.copy() for p in net.parameters()]


def moved(net: nn.Module, before: list[np.ndarray]) -> dict[str, float]:
    """Return how far each layer went since `snapshot`: |change| / |weights before|, by path."""
    places = {id(p): old for p, old in zip(net.parameters(), before, strict=True)}
    shares = {}
    for layer in layers(net):
        pairs = [(p.data.astype(np.float64), places[id(p)]) for p in layer.parameters()]
        change = sum(float(((new - old) ** 2).sum()) for new, old in pairs)
        size = sum(float((old.astype(np.float64) ** 2).sum()) for _, old in pairs)
        shares[layer.path] = float(np.sqrt(change / size)) if size else 0.0
    return shares
