"""All derivations of sentences by a grammar, in a chart of spans: their sum, and the best of them.

B sentences of T words, A = 3 symbols E, N, P; a span of n words that begins at i

    inside[n][i, X]  =  ln sum over the rules by which X may become the words i .. i + n - 1

of  the dictionary, lexical[n][i, X];  glue[Y, Z, X] with every split;  words before a hole, or behind it,
before[k][i, Y, X] and behind[k][i, Y, X] with Y and X of N and P.  Shorter spans first: the algorithm of
Cocke, Younger and Kasami.  It is written with ops, so that the gradient of the sum is the
expected use of each rule.

Source: Dong et al. (Computational Linguistics 2015); Kasami (1965).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ....core import ops
from ....core.tensor import raw
from .grammar import NO, SYMBOLS

TINY = 1e-300  # ln 0 is not to be; far below any sum that counts


class Rules(NamedTuple):
    """Scores of rules at their places: lists by number of words, from 1 on, and glue (3, 3, 3)."""

    lexical: Sequence[Any]  # (B, T - n + 1, 3)
    before: Sequence[Any]  # (B, T - n + 1, 2, 2), by the hole's symbol and the result's
    behind: Sequence[Any]
    glue: Any


def inside(rules: Rules) -> Any:
    """Return ln of the sum over all derivations of whole sentences, (B, 3)."""
    count, length = rules.lexical[0].shape[:2]
    starts = ends = rules.lexical[0][:, :, None]  # spans by their first, or last, place and n: (B, T, n, 3)
    for n in range(2, length + 1):
        places = length - n + 1
        ways = [
            _glued(starts[:, :places], ends[:, n - 1 :, ::-1], rules.glue)
        ]  # (B, places, n - 1, 3): splits
        if n <= len(rules.lexical):
            ways.append(rules.lexical[n - 1])
        if rules.before:
            ways.append(_combined(rules, starts, n, places))
        span = ops.logsumexp(ops.stack(ways, axis=0), axis=0)[:, :, None]  # (B, places, 1, 3)
        none = np.zeros((count, n - 1, 1, 3))
        starts = ops.concat([starts, ops.concat([span, none], axis=1)], axis=2)
        ends = ops.concat([ends, ops.concat([none, span], axis=1)], axis=2)
    return starts[:, 0, length - 1]


def _glued(left: Any, right: Any, glue: Any) -> Any:
    """Return ln sum over splits k and symbols of e^(left_kY + right_kZ + glue_YZX), (B, places, 3).

    A sum over k of products is one matrix product; the largest number of each span is taken out before.
    """
    top_left, top_right = (np.maximum.reduce([raw(side)[..., x] for x in range(3)]) for side in (left, right))
    top = (top_left + top_right).max(2, keepdims=True)  # (B, places, 1)
    one = ops.exp(left - top_left[..., None])
    other = ops.exp(right + (top_left - top)[..., None])
    pairs = ops.matmul(ops.transpose(one, axes=(0, 1, 3, 2)), other)  # (B, places, 3, 3)
    total = ops.matmul(
        ops.reshape(pairs, shape=(*pairs.shape[:2], 9)), ops.exp(ops.reshape(glue, shape=(9, 3)))
    )
    return ops.log(total + TINY) + top


def _combined(rules: Rules, starts: Any, n: int, places: int) -> Any:
    """Return what combination rules make of spans of n words: N and P, and of E nothing: (B, places, 3)."""
    scores, holes = [], []
    for k in range(1, min(n - 1, len(rules.before)) + 1):
        scores += [rules.before[k - 1][:, :places], rules.behind[k - 1][:, n - k :]]
        holes += [starts[:, first : first + places, n - k - 1, 1:] for first in (k, 0)]
    ways = ops.stack(scores, axis=0) + ops.stack(holes, axis=0)[..., None]  # (2 k, B, places, 2, 2)
    two = ops.logsumexp(ways, axis=(0, 3))
    return ops.concat([np.full((*two.shape[:2], 1), NO), two], axis=2)


class Node(NamedTuple):
    """A derivation: symbol, the rule, its words or parts."""

    symbol: str
    rule: str
    parts: tuple[Any, ...]

    def __str__(self) -> str:
        return f"({self.symbol} {' '.join(map(str, self.parts))})"


def best(rules: Rules, words: Sequence[str], symbols: Sequence[int] = (1, 2)) -> tuple[float, Node]:
    """Return the score of the best derivation of one sentence, (B = 1), to any of the symbols, and itself.

    Examples
    --------
    >>> glue = np.full((3, 3, 3), NO); glue[0, 2, 2] = -1.0
    >>> rules = Rules([np.array([[[-1.0, NO, NO], [NO, NO, -2.0]]])], [], [], glue)
    >>> score, node = best(rules, ["a", "joy"])
    >>> float(score), str(node)
    (-4.0, '(P (E a) (P joy))')
    """
    chart: dict[tuple[int, int, int], tuple[float, Node]] = {}
    for n in range(1, len(words) + 1):
        for i in range(len(words) - n + 1):
            for symbol in range(len(SYMBOLS)):
                ways = list(_ways(rules, words, chart, i, n, symbol))
                chart[i, n, symbol] = max(ways, key=lambda way: way[0])
    return max((chart[0, len(words), symbol] for symbol in symbols), key=lambda way: way[0])


def _ways(rules: Rules, words: Sequence[str], chart: Any, i: int, n: int, x: int) -> Any:
    """Yield (score, node) of each rule that makes symbol x of a span, with its parts' best."""
    name = SYMBOLS[x]
    if n <= len(rules.lexical):
        phrase = tuple(words[i : i + n])
        yield float(rules.lexical[n - 1][0, i, x]), Node(name, f"{name} -> {' '.join(phrase)}", phrase)
    for k in range(1, n):
        for y, first in enumerate(SYMBOLS):
            for z, second in enumerate(SYMBOLS):
                (a, left), (b, right) = chart[i, k, y], chart[i + k, n - k, z]
                rule = f"{name} -> {first} {second}"
                yield a + b + float(rules.glue[y, z, x]), Node(name, rule, (left, right))
    for k in range(1, min(n - 1, len(rules.before)) + 1) if x else ():
        for y in (1, 2):
            a, hole = chart[i + k, n - k, y]
            beside = words[i : i + k]
            rule = f"{name} -> {' '.join(beside)} {SYMBOLS[y]}"
            yield a + float(rules.before[k - 1][0, i, y - 1, x - 1]), Node(name, rule, (*beside, hole))
            a, hole = chart[i, n - k, y]
            beside = words[i + n - k : i + n]
            rule = f"{name} -> {SYMBOLS[y]} {' '.join(beside)}"
            yield (
                a + float(rules.behind[k - 1][0, i + n - k, y - 1, x - 1]),
                Node(name, rule, (hole, *beside)),
            )
