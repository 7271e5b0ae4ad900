"""How good the vectors are, in the objective's own units: the mean loss of a fixed sample of examples.

The training loop does not sum its loss: it is measured while the vectors move, and a float32 sum stops
growing after some millions of examples.  Here the same examples are measured after each epoch, in float64.

    N examples, K noise words of each, L nodes on a word's path, V words, S row length
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from ...ext.embeddings import dot_rows, mean_rows

BLOCK = 1250  # examples at a time
SOFTMAX_BLOCK = 512  # the same for the full softmax, which has a number for each of them and each word
RowsOf = Callable[[int], list[int]]
HiddenOf = Callable[[slice], np.ndarray]
DotRows = Callable[..., None]  # of ``ext/embeddings/row_products/reference.py``


class Sample(NamedTuple):
    """Examples: the rows ``rows[starts[n]:starts[n + 1]]`` of v together predict ``words[n]``."""

    rows: np.ndarray  # all of them, one example after the other
    starts: np.ndarray  # (N + 1,)
    words: np.ndarray  # (N,)
    noise: np.ndarray  # (N, K)

    def means_of(self, v: np.ndarray) -> HiddenOf:
        """h of some of the examples: the mean of each one's rows of v, float64 (N, S)."""
        means = mean_rows.chosen()

        def hidden(block: slice) -> np.ndarray:
            h = np.empty((block.stop - block.start, v.shape[1]))
            means(self.rows, self.starts[block.start : block.stop + 1], v, h)
            return h

        return hidden


def draw_sample(
    tokens: np.ndarray,
    noise: tuple[np.ndarray, int],
    keep: np.ndarray,
    window: int,
    rng: np.random.Generator,
    *,
    cbow: bool = False,
    subwords: RowsOf | None = None,
    size: int = 10_000,
) -> Sample:
    """Draw examples as the training loop meets them.

    One difference: distances in the window are those before frequent words are thinned out.

    Parameters
    ----------
    tokens : int32 (T,)
    noise : int32 array and int
        From `tables.noise_table`, and how many of them an example has.
    keep : float32 (V,), from `tables.keep_probability`
    cbow : bool
        All context words together predict the centre; else each alone.
    subwords : callable, word -> rows of v
        With it, and without `cbow`, the centre predicts the context words.
    """
    rows_of: RowsOf = subwords or (lambda word: [word])
    rows: list[list[int]] = []
    words: list[int] = []
    for place in rng.integers(0, len(tokens), 5 * size).tolist():
        centre, *sides = thinned_example(tokens, place, int(rng.integers(1, window + 1)), keep, rng)
        context = [word for side in sides for word in side]
        if centre and context and cbow:
            rows.append([row for word in context for row in rows_of(word)])
            words.append(centre)
        elif centre:
            pairs = [(centre, word) if subwords else (word, centre) for word in context]
            rows += [rows_of(one) for one, _ in pairs]
            words += [other for _, other in pairs]
        if len(words) >= size:
            break
    starts = np.cumsum([0, *map(len, rows)])
    flat = np.array([row for each in rows for row in each], np.int32)
    return Sample(flat, starts, np.array(words, np.int64), rng.choice(noise[0], (len(words), noise[1])))


def thinned_example(
    tokens: np.ndarray, place: int, reach: int, keep: np.ndarray, rng: np.random.Generator
) -> tuple[int, list[int], list[int]]:
    """The word at ``place`` and its neighbours left and right in the sentence, thinned out.

    The word is 0 if it is not kept.
    """
    near = tokens[max(0, place - reach) : place + reach + 1].tolist()
    middle = min(place, reach)
    centre, left, right = near[middle], near[:middle], near[middle + 1 :]
    left = left[len(left) - left[::-1].index(0) :] if 0 in left else left
    right = right[: right.index(0)] if 0 in right else right
    left, right = ([word for word in side if rng.random() <= keep[word]] for side in (left, right))
    return centre if rng.random() <= keep[centre] else 0, left, right


def mean_loss(
    sample: Any, hidden_of: HiddenOf, vp: np.ndarray, output: str, tables: tuple[Any, ...], threads: int = 1
) -> float:
    """Return the mean of -log p, or of -J, as the output layer's reference twin defines it.

    Parameters
    ----------
    sample : Sample
        Its ``words`` and ``noise``.
    hidden_of : callable, slice -> float64 (N, S)
        h of these examples: `Sample.means_of`.
    output : {"negative", "tree", "softmax"}
    tables : as for the loop (`word2vec.reference.train_slice`)
    threads : int
        They change nothing in the result.

    Returns
    -------
    float
        (K + 1) log 2 for negative sampling while all v' are zero; nan, with a warning, for an empty sample.
    """
    losses_of = {"negative": _negative, "tree": _tree, "softmax": _softmax}[output]
    count = len(sample.words)
    size, threads = (SOFTMAX_BLOCK, 1) if output == "softmax" else (BLOCK, threads)
    dot = dot_rows.chosen()  # here: another thread does not know what `dispatch.use` says in this one

    def of_block(start: int) -> float:
        block = slice(start, min(start + size, count))
        return losses_of(hidden_of(block), sample.words[block], sample.noise[block], vp, tables, dot)

    with ThreadPoolExecutor(threads) as pool:
        total = sum(pool.map(of_block, range(0, count, size)))
    if not count:
        warnings.warn(
            "the loss is nan: of the places drawn in the text none has two known words side by side that are "
            "kept\n    hint: sample=0 keeps every word; and are these words in the vocabulary?",
            stacklevel=2,
        )
    return total / count if count else float("nan")


def _negative(
    h: np.ndarray, words: np.ndarray, noise: np.ndarray, vp: np.ndarray, tables: Any, dot_rows: DotRows
) -> float:
    """-log sigma(v'_O . h) - sum_i log sigma(-v'_i . h); noise that equals the word counts nothing."""
    rows = np.column_stack([words, noise])  # (N, K + 1)
    signs = np.ones(rows.shape)
    signs[:, 1:] = np.where(noise == words[:, None], 0, -1)
    return _yes_or_no(h, rows.ravel(), np.arange(len(rows) + 1) * rows.shape[1], signs.ravel(), vp, dot_rows)


def _tree(
    h: np.ndarray, words: np.ndarray, noise: np.ndarray, vp: np.ndarray, tables: Any, dot_rows: DotRows
) -> float:
    """-log of the product of the decisions on each word's path."""
    starts, nodes, codes = tables
    long = starts[words + 1] - starts[words]  # (N)
    paths = np.append(0, np.cumsum(long))  # where each word's begins, if all lie one after the other
    at = np.repeat(starts[words] - paths[:-1], long) + np.arange(paths[-1])
    rows = nodes[at]
    signs = np.where(rows < len(vp) - 1, 1 - 2.0 * codes[at], 0)  # the last row is padding
    return _yes_or_no(h, rows, paths, signs, vp, dot_rows)


def _yes_or_no(
    h: np.ndarray, rows: np.ndarray, starts: np.ndarray, signs: np.ndarray, vp: np.ndarray, dot_rows: DotRows
) -> float:
    """The sum of -log sigma(sign v'_row . h) over the rows of each example; sign 0 counts nothing."""
    dots = np.empty(len(rows))
    dot_rows(h, rows, starts, vp, dots)
    return float(np.logaddexp(0, -signs * dots)[signs != 0].sum())  # log(1 + e^-z) = -log sigma(z)


def _softmax(
    h: np.ndarray, words: np.ndarray, noise: np.ndarray, vp: np.ndarray, tables: Any, dot_rows: DotRows
) -> float:
    """-log p(word | h) of the full softmax; row 0, ``</s>``, is no word."""
    score = h @ vp[1:].T.astype(np.float64)  # (N,S)(S,V) -> (N,V)
    top = score.max(1)
    losses = np.log(np.exp(score - top[:, None]).sum(1)) + top - score[np.arange(len(words)), words - 1]
    return float(losses.sum())
