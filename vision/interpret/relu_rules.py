"""What a rectifier does on the way back: the one thing in which three methods differ.

plain      g [x > 0]            the gradient                                     Simonyan et al. 2013
deconvnet  max(g, 0)            as a deconvolutional network does                Zeiler & Fergus 2014
guided     max(g, 0) [x > 0]    both, "guided back-propagation"                  Springenberg et al. 2015
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ... import nn
from ...core import Tensor, ops

RULES = ("plain", "deconvnet", "guided")


@contextmanager
def relu_rule(net: nn.Module, rule: str = "plain") -> Iterator[None]:
    """Let all `nn.ReLU` of a network follow a rule on the way back, while the block lasts.

    A rectifier that is used several times follows it each time; the network need not be changed.

    Raises
    ------
    ValueError : there is no such rule, or the network has no `nn.ReLU`.
    """
    if rule not in RULES:
        raise ValueError(f"rule: expected one of {', '.join(RULES)}, got {rule!r}")
    if rule == "plain":
        yield
        return
    rectifiers = [module for module in net.modules() if isinstance(module, nn.ReLU)]
    if not rectifiers:
        raise ValueError(f"rule={rule!r}: the network has no nn.ReLU, whose rule it would be")
    removers = [module.register_forward_hook(HOOKS[rule]) for module in rectifiers]
    try:
        yield
    finally:
        for remove in removers:
            remove()


def _guided(module: nn.Module, inputs: Any, output: Any) -> Any:
    """The rectifier's own gradient, of the positive part of g."""
    return _with_positive_gradient(ops.relu(inputs[0]))


def _deconvnet(module: nn.Module, inputs: Any, output: Any) -> Any:
    """The value of the rectifier; on the way back it is the identity, of the positive part of g."""
    x = inputs[0]
    cut = ops.relu(x.data) - x.data if isinstance(x, Tensor) else 0.0
    return _with_positive_gradient(x + cut)


def _with_positive_gradient(y: Any) -> Any:
    if isinstance(y, Tensor) and y.requires_grad:
        y.register_hook(lambda g: ops.relu(g))
    return y


HOOKS = {"guided": _guided, "deconvnet": _deconvnet}
