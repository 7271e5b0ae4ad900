"""The permutohedral lattice, to be read first; the compiled twin is ``jit.py``.

n points, d features, K values, m vertices; d + 1 corners of a simplex.  Adams, Baek, Davis: Fast
High-Dimensional Filtering Using the Permutohedral Lattice, 2010; sections and figures are its own.

Space is cut into simplices that are all alike.  Each point gives its values to the corners of its own
(splat), the vertices exchange values with their neighbours (blur), each point takes the mixture back (slice):

    weights (n, d+1)   barycentric: how near a point is to each corner; they sum to 1
    blur               along each of the d + 1 axes in turn, 1/2 1 1/2
    all three          together a bell of variance 1 along every feature

A vertex is d + 1 whole numbers that sum to 0 and leave one and the same remainder when divided by d + 1; its
neighbours along axis j are at (-1, ..., d, ..., -1) and at (1, ..., -d, ..., 1), d at j.  The vertices that
no point touches do not exist: row 0 stands for them, and holds zeros.
"""

from __future__ import annotations

import numpy as np


def elevate(features: np.ndarray) -> np.ndarray:
    """Put features (n, d) on the plane in d+1 dimensions where coordinates sum to 0; (n, d+1).

    The columns of the map are orthogonal and (d+1) sqrt(2/3) long: so the blur has variance 1 (section 3.1).

    >>> elevate(np.array([[1.0, 0.0]])).round(3).tolist()
    [[1.732, -1.732, 0.0]]
    """
    d = features.shape[1]
    j = np.arange(1, d + 1)
    scaled = features * ((d + 1) * np.sqrt(2 / 3) / np.sqrt(j * (j + 1)))  # (n, d)
    above = np.zeros((len(features), d + 1))  # of coordinate j: the sum of the scaled features behind it
    for axis in range(d - 1, -1, -1):
        above[:, axis] = above[:, axis + 1] + scaled[:, axis]
    elevated = above.copy()
    elevated[:, 1:] -= j * scaled
    return elevated


def enclosing(elevated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the simplex around each point of (n, d+1): corner of remainder 0, and ranks; (n, d+1) each.

    Rank r: the coordinate is the r-th farthest above the corner's (section 3.2, figure 5).
    """
    size = elevated.shape[1]  # d + 1
    corner = (np.floor(elevated / size + 0.5) * size).astype(np.int64)
    excess = corner.sum(1) // size  # rounding may have left the plane, by so many steps
    above = elevated - corner
    order = np.argsort(-above, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(size)[None].repeat(len(order), 0), axis=1)
    rank += excess[:, None]  # the coordinates that were rounded by most go back
    step = (rank < 0).astype(np.int64) - (rank >= size)
    return corner + size * step, rank + size * step


def permutohedral_lattice(features: np.ndarray) -> tuple[np.ndarray, ...]:
    """Build the lattice around the points.

    features : (n, d) float64 IN.

    Returns
    -------
    corners (n, d+1) int32, rows of the vertices; weights (n, d+1) float32; neighbours (d+1, m+1, 2) int32;
    starts (m+2,) int32, points (n (d+1),) int32, shares (n (d+1),) float32: the same from the vertices' side,
    v is a corner of points[starts[v] : starts[v+1]], with those shares.
    """
    n, d = features.shape
    elevated = elevate(features)
    corner, rank = enclosing(elevated)
    keys = np.empty((n, d + 1, d + 1), np.int64)  # point, corner k, coordinate
    for k in range(d + 1):
        keys[:, k] = corner + k - (d + 1) * (rank > d - k)
    above = -np.sort(-(elevated - corner), axis=1) / (d + 1)  # falling: rank 0 first
    weights = np.empty((n, d + 1))
    weights[:, 0] = 1 - above[:, 0] + above[:, d]
    for k in range(1, d + 1):
        weights[:, k] = above[:, d - k] - above[:, d - k + 1]
    vertices, found = np.unique(keys.reshape(-1, d + 1), axis=0, return_inverse=True)
    corners = found.reshape(n, d + 1) + 1
    row = {tuple(vertex): v for v, vertex in enumerate(vertices.tolist(), start=1)}
    neighbours = np.zeros((d + 1, len(vertices) + 1, 2), np.int32)
    for axis in range(d + 1):
        step = np.full(d + 1, -1)
        step[axis] = d
        for side, sign in enumerate((1, -1)):
            nearby = (vertices + sign * step).tolist()
            neighbours[axis, 1:, side] = [row.get(tuple(each), 0) for each in nearby]
    entries = np.argsort(corners.ravel(), kind="stable")
    starts = np.searchsorted(corners.ravel()[entries], np.arange(len(vertices) + 2))
    return (
        corners.astype(np.int32),
        weights.astype(np.float32),
        neighbours,
        starts.astype(np.int32),
        (entries // (d + 1)).astype(np.int32),
        weights.ravel()[entries].astype(np.float32),
    )


def permutohedral_filter(values, out, lattice, before, after):
    """Splat, blur and slice of before_i v_i, times after_i.

    values (n,K), before (n,), after (n,) float32 IN, lattice as it was built IN; out (n,K) float32 OUT.
    """
    corners, weights, neighbours, *_ = lattice
    vertices = np.zeros((neighbours.shape[1], values.shape[1]), np.float32)
    values = before[:, None] * values
    for k in range(corners.shape[1]):  # splat
        np.add.at(vertices, corners[:, k], weights[:, k, None] * values)
    for one, other in neighbours.transpose(0, 2, 1):  # blur; row 0 is 0 and stays it
        blurred = vertices + 0.5 * (vertices[one] + vertices[other])
        blurred[0] = 0
        vertices = blurred
    out[...] = 0
    for k in range(corners.shape[1]):  # slice
        out += weights[:, k, None] * vertices[corners[:, k]]
    out *= after[:, None]
