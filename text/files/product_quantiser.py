"""Product quantisation: a matrix in a sixteenth of its space (Jegou et al. 2011; Joulin et al. 2016b).

Each row is cut into parts of ``dsub`` numbers.  For each part, 256 centroids are found by k-means, and the
row keeps only the number of the nearest: one byte.  With ``qnorm`` the rows are first divided by their
lengths, which are quantised by themselves.

    R rows, D columns, Q = D / dsub parts (rounded up), 256 centroids of each
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...ext.embeddings import nearest_centroids

CENTROIDS, ITERATIONS, SEED = 256, 25, 1234
MOST_POINTS = 256 * CENTROIDS  # rows that k-means looks at
APART = np.float32(1e-7)  # what tells the two halves of a split cluster from each other


class Quantised:
    """A matrix (R, D), read-only.

    Parameters
    ----------
    codes : uint8 (R, Q)
    centroids : list of float32 (256, dsub), the last one narrower if dsub does not divide D
    norm_codes, norms : uint8 (R,) and float32 (256,), optional
        Lengths of the rows.
    """

    def __init__(
        self,
        codes: np.ndarray,
        centroids: Sequence[np.ndarray],
        norm_codes: np.ndarray | None = None,
        norms: np.ndarray | None = None,
    ) -> None:
        self.codes, self.centroids = codes, list(centroids)
        self.norm_codes, self.norms = norm_codes, norms
        self.shape = len(codes), sum(each.shape[1] for each in self.centroids)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: int | slice | np.ndarray) -> np.ndarray:
        """These rows, float32."""
        parts = [part[self.codes[rows, q]] for q, part in enumerate(self.centroids)]
        numbers = np.concatenate(parts, axis=-1)
        if self.norms is not None and self.norm_codes is not None:
            numbers *= self.norms[self.norm_codes[rows]][..., None]
        return numbers

    @classmethod
    def of(cls, matrix: np.ndarray, dsub: int = 2, qnorm: bool = False) -> Quantised:
        """Quantise ``matrix``, float32 (R, D).

        Raises
        ------
        ValueError
            Fewer than 256 rows, or parts longer than a row.
        """
        rows, columns = matrix.shape
        if rows < CENTROIDS:
            raise ValueError(
                f"quantise: expected at least {CENTROIDS} rows, one for each centroid, came {rows}\n"
                f"    hint: a matrix this small needs no quantising (-qout quantises the labels' rows)"
            )
        if not 1 <= dsub <= columns:
            raise ValueError(f"quantise: dsub is from 1 to {columns}, the dimension, got {dsub}")
        norm_codes = norms = None
        if qnorm:
            lengths = np.linalg.norm(matrix, axis=1).astype(np.float32)
            matrix = matrix / np.where(lengths > 0, lengths, 1)[:, None]
            norms, norm_codes = cluster(lengths[:, None], np.random.default_rng(SEED))
            norms = norms[:, 0]
        rng = np.random.default_rng(SEED)
        found = [cluster(matrix[:, at : at + dsub], rng) for at in range(0, columns, dsub)]
        codes = np.stack([code for _, code in found], 1)
        return cls(codes, [centroids for centroids, _ in found], norm_codes, norms)


def cluster(x: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """k-means: centroids, float32 (256, d), and the number of the nearest for each point of
    ``x``, uint8 (R,).
    """
    x = np.ascontiguousarray(x, np.float32)
    chosen = x[rng.permutation(len(x))[:MOST_POINTS]]
    centroids, codes = chosen[:CENTROIDS].copy(), None
    for _ in range(ITERATIONS):
        before, codes = codes, nearest_centroids(chosen, centroids)
        if before is not None and np.array_equal(before, codes):
            break  # nothing would change any more
        centroids = means(chosen, codes, centroids, rng)
    return centroids, nearest_centroids(x, centroids)


def means(x: np.ndarray, codes: np.ndarray, centroids: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mean of each cluster's points; an empty cluster takes half of another, drawn by size."""
    size = np.bincount(codes, minlength=CENTROIDS)
    sums = np.stack([np.bincount(codes, x[:, j], CENTROIDS) for j in range(x.shape[1])], 1)
    centroids = np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], centroids).astype(np.float32)
    for empty in np.flatnonzero(size == 0):
        larger = np.maximum(size - 1, 0)
        other = rng.choice(CENTROIDS, p=larger / larger.sum())
        sign = APART * np.where(np.arange(x.shape[1]) % 2, 1, -1).astype(np.float32)
        centroids[empty] = centroids[other] + sign
        centroids[other] -= sign
        size[empty] = size[other] // 2
        size[other] -= size[empty]
    return centroids
