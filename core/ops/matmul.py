"""Products that sum over shared axes."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...ext.memory import empty
from ..errors import ShapeError, message
from ..op import case, op
from .index import getitem
from .reduce import sum
from .shape import broadcast_to, reshape, transpose, unsqueeze

FEW_ROWS = 65  # measured with OpenBLAS


def _swap(x: Any) -> Any:
    """Return ``x`` with its last two axes exchanged: the transpose of each matrix."""
    rank = len(x.shape)
    return transpose(x, axes=(*range(rank - 2), rank - 1, rank - 2))


@op("y_ij = sum_k a_ik b_kj, for each leading index")
class bmm:
    """<g, da b> = <g b^T, da> and <g, a db> = <a^T g, db>; leading axes broadcast."""

    def forward(a, b):
        return _product(a, b)

    def vjp_a(g, b):
        return bmm(g, _swap(b))  # (I,J)(J,K) -> (I,K)

    def vjp_b(g, a):
        return bmm(_swap(a), g)  # (K,I)(I,J) -> (K,J)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=(3, 4)))
        yield case(rng.normal(size=(2, 1, 2, 3)), rng.normal(size=(4, 3, 2)))


def _product(a: Any, b: Any) -> Any:
    """Return a b; a large matrix lies in memory that is used again (`ext/memory.py`)."""
    if a.ndim == b.ndim == 2 and a.dtype == b.dtype and type(a) is type(b) is np.ndarray:
        return np.matmul(a, b, out=empty((a.shape[0], b.shape[1]), a.dtype))
    if a.ndim < 2 or b.ndim < 2:
        raise ValueError("expected matrices, or batches of them; matmul takes vectors, too")
    return np.matmul(a, b)


@op("y_no = sum_i x_ni w_oi + b_o")
class linear:
    """N rows (leading axes), I in, O out:  x (..., I), w (O, I), b (O,) or None -> y (..., O).

    <g, dx w^T> = <g w, dx>,  <g, x dw^T> = <g^T x, dw>,  <g, db> = sum of g's rows times db.
    """

    def forward(x, w, b=None):
        if b is not None and np.ndim(b) > 1:
            raise ValueError(f"expected a bias (O,), got one with {np.ndim(b)} axes")
        if not x.size and x.shape[-1] != w.shape[1]:  # of nothing any shape can be made
            raise ValueError(f"x has {x.shape[-1]} features, w expects {w.shape[1]}")
        rows = x.reshape(prod(x.shape[:-1]), w.shape[1])
        few = 1 < len(rows) < FEW_ROWS  # then BLAS is up to twice as fast with w on the left
        # (N,I)(I,O) -> (N,O)
        y = np.ascontiguousarray(np.matmul(w, rows.T).T) if few else _product(rows, w.T)
        if b is not None:
            y += b
        return y.reshape(*x.shape[:-1], len(w))

    def vjp_x(g, w, x_shape):
        return reshape(bmm(_rows(g), w), shape=x_shape)  # (N,O)(O,I) -> (N,I)

    def vjp_w(g, x):
        return bmm(_swap(_rows(g)), _rows(x))  # (O,N)(N,I) -> (O,I), as w lies in memory

    def vjp_b(g):
        return sum(_rows(g), axis=0)  # (N,O) -> (O,)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=(4, 3)), rng.normal(size=4))
        yield case(rng.normal(size=(2, 2, 3)), rng.normal(size=(1, 3)), None)


def _rows(x: Any) -> Any:
    """Return x (..., I) as (N, I)."""
    return reshape(x, shape=(prod(x.shape[:-1]), x.shape[-1]))


def matmul(a: Any, b: Any) -> Any:
    """Return the matrix product over the last two axes, broadcasting the leading ones.

    A vector is a row on the left, a column on the right.

    Raises
    ------
    ShapeError : if the inner sizes differ.
    """
    a, b = (x if hasattr(x, "shape") else np.asarray(x) for x in (a, b))
    shown = [("a", a), ("b", b)]
    if not a.shape or not b.shape:
        hint = "multiply by a number with *"
        raise ShapeError(message("matmul", "expected at least one axis each", shown, hint))
    inner = b.shape[-2] if len(b.shape) > 1 else b.shape[0]
    if a.shape[-1] != inner:
        hint = "the last axis of a must equal the last but one of b"
        if b.shape[-1] == a.shape[-1]:
            hint = "b looks transposed; try b.T"
        raise ShapeError(message("matmul", f"a has {a.shape[-1]} columns, b has {inner} rows", shown, hint))
    y = bmm(a if len(a.shape) > 1 else unsqueeze(a, 0), b if len(b.shape) > 1 else unsqueeze(b, 1))
    lead, rows, columns = y.shape[:-2], y.shape[-2:-1], y.shape[-1:]
    if len(a.shape) > 1 and len(b.shape) > 1:
        return y
    return reshape(y, shape=lead + (rows if len(a.shape) > 1 else ()) + (columns if len(b.shape) > 1 else ()))


@op("y[output letters] = sum over the other letters of the product of xs")
class contract:
    """Each letter is in the output or in another operand, none twice in one: `einsum` sees to it.

    Then the gradient in one operand is again a contraction: of ``g`` with the others, read out at
    its own letters.
    """

    def forward(*xs, inputs, output):
        return np.einsum(",".join(inputs) + "->" + output, *xs, optimize=len(xs) > 1)

    def vjp_xs(g, which, xs, inputs, output):
        others = [i for i in range(len(xs)) if i != which]
        return contract(
            g, *[xs[i] for i in others], inputs=(output, *[inputs[i] for i in others]), output=inputs[which]
        )

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), inputs=("ij", "jk"), output="ki")
        yield case(
            rng.normal(size=2),
            rng.normal(size=(2, 3)),
            rng.normal(size=3),
            inputs=("i", "ij", "j"),
            output="j",
        )


def einsum(subscripts: str, *operands: Any) -> Any:
    """Return Einstein's sum, as `numpy.einsum` writes it: ``einsum("nij,njk->nik", a, b)``.

    Repeated letters in one operand take its diagonal; ``...`` stands for leading axes; without ``->`` the
    letters that occur once are the output, in alphabetical order.
    """
    inputs, output = _parse(subscripts, operands)
    xs = []
    arrays = [x if hasattr(x, "shape") else np.asarray(x) for x in operands]
    single = [_diagonal(letters, x) for letters, x in zip(inputs, arrays, strict=True)]
    for letters, x in _stretched(single):
        alone = tuple(
            i for i, letter in enumerate(letters) if letter not in output and _uses(inputs, letter) == 1
        )
        if alone:
            x = sum(x, axis=alone)
            letters = "".join(letter for i, letter in enumerate(letters) if i not in alone)
        xs.append((letters, x))
    return contract(*[x for _, x in xs], inputs=tuple(letters for letters, _ in xs), output=output)


def _stretched(operands: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the operands with each axis of size 1 repeated to the size that others have for its letter."""
    sizes: dict[str, int] = {}
    for letters, x in operands:
        sizes |= {letter: n for letter, n in zip(letters, x.shape, strict=True) if sizes.get(letter, 1) == 1}
    stretched = []
    for letters, x in operands:
        shape = tuple(sizes[each] if n == 1 else n for each, n in zip(letters, x.shape, strict=True))
        stretched.append((letters, x if shape == tuple(x.shape) else broadcast_to(x, shape=shape)))
    return stretched


def _uses(inputs: list[str], letter: str) -> int:
    return len([each for each in inputs if letter in each])


def _diagonal(letters: str, x: Any) -> tuple[str, Any]:
    """Return ``x`` with each repeated letter reduced to its diagonal: "iji" -> "ij"."""
    while len(set(letters)) < len(letters):
        letter = next(each for each in letters if letters.count(each) > 1)
        first, second = [i for i, each in enumerate(letters) if each == letter][:2]
        if x.shape[first] != x.shape[second]:
            sizes = f"{x.shape[first]} and {x.shape[second]}"
            raise ShapeError(f"einsum: letter {letter!r} stands for sizes {sizes} of one operand {x.shape}")
        rest = [i for i in range(len(letters)) if i not in (first, second)]
        along = np.arange(x.shape[first])
        x = getitem(transpose(x, axes=(first, second, *rest)), index=(along, along))
        letters = letter + "".join(letters[i] for i in rest)
    return letters, x


def _parse(subscripts: str, operands: tuple) -> tuple[list[str], str]:
    """Return the letters of each operand and of the output, with ``...`` spelled out in capitals' place."""
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) != len(operands):
        raise ShapeError(f"einsum: {subscripts!r} names {len(inputs)} operands, got {len(operands)}")
    spare = [chr(c) for c in (*range(65, 91), *range(97, 123)) if chr(c) not in subscripts]
    widest = ""
    for i, (letters, x) in enumerate(zip(inputs, operands, strict=True)):
        rank = len(np.shape(x) if not hasattr(x, "shape") else x.shape)
        if "..." in letters:
            extra = rank - len(letters.replace("...", ""))
            lead = "".join(spare[:extra][::-1])
            widest = lead if len(lead) > len(widest) else widest
            inputs[i] = letters.replace("...", lead)
        if len(inputs[i]) != rank:
            raise ShapeError(f"einsum: operand {i} has {rank} axes, {letters!r} names {len(letters)}")
    if not arrow:
        once = sorted(c for c in set(left) - set(",.") if left.count(c) == 1)
        output = ("..." if "..." in left else "") + "".join(once)
    output = output.replace("...", widest)
    unknown = set(output) - set("".join(inputs))
    if unknown:
        raise ShapeError(f"einsum: the output letters {sorted(unknown)} are in no operand of {subscripts!r}")
    return inputs, output
