"""The token ids of a text, which ranks hold in consecutive parts, are dealt anew.

The text of T tokens is cut at ``edges``; piece i goes to the rank ``owners[i]``.  A rank keeps its pieces one
after the other, in the order of the text.  What it receives goes where it belongs: in front of the tokens
from rank s there are those of its own that stand before the part of rank s.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....core.ranks import together
from ...corpus.token_ids import BLOCK, empty

AT_ONCE = 16 * BLOCK  # tokens that a rank sends at a time


def evenly(length: int, ranks: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges and owners of one piece a rank, all of about the same length.

    >>> evenly(10, 4)
    (array([ 0,  2,  5,  7, 10]), array([0, 1, 2, 3]))
    """
    return np.array([length * rank // ranks for rank in range(ranks + 1)]), np.arange(ranks)


def in_slices(length: int, size: int, slices: int, ranks: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges and owners of pieces of ``size`` tokens, of which each ``slices`` are a round: the first ranks
    have the first ones of every round.

    >>> in_slices(10, 2, 4, 2)
    (array([ 0,  2,  4,  6,  8, 10]), array([0, 0, 1, 1, 0]))
    """
    edges = np.append(np.arange(0, length, size), length)
    owner = np.repeat(np.arange(ranks), [len(part) for part in np.array_split(np.arange(slices), ranks)])
    return edges, owner[np.arange(len(edges) - 1) % slices]


def deal(tokens: np.ndarray, edges: np.ndarray, owners: np.ndarray, comm: Any) -> np.ndarray:
    """This rank's pieces, int32, in memory or, if they are many, in a mapped file.

    Parameters
    ----------
    tokens : int32 (T_rank,)
        This rank's part of the text; the parts follow each other in the order of the ranks.
    edges : int64 (pieces + 1,)
        From 0 to the length of the text.
    owners : int64 (pieces,)
    """
    starts = np.cumsum([0, *comm.allgather(len(tokens))])
    own = np.diff(edges) * (owners == comm.rank)
    before = np.append(0, np.cumsum(own))  # of this rank's tokens, in front of each edge

    def tokens_before(place: int) -> int:
        """How many of this rank's tokens stand before a place of the text."""
        piece = int(np.searchsorted(edges, place, side="right")) - 1
        inside = place - int(edges[piece]) if piece < len(owners) and owners[piece] == comm.rank else 0
        return int(before[piece]) + inside

    with together(comm):
        result = empty(int(before[-1]))
    filled = [tokens_before(int(start)) for start in starts[:-1]]  # where the next from each rank go
    first, last = int(starts[comm.rank]), int(starts[comm.rank + 1])
    for turn in range(-(-int(np.diff(starts).max()) // AT_ONCE)):
        begin = min(first + turn * AT_ONCE, last)
        end = min(begin + AT_ONCE, last)
        sent = _to_each(tokens[begin - first : end - first], begin, edges, owners, comm.size)
        for rank, piece in enumerate(_exchanged(sent, comm)):
            result[filled[rank] : filled[rank] + len(piece)] = piece
            filled[rank] += len(piece)
    return result


def _to_each(
    tokens: np.ndarray, begin: int, edges: np.ndarray, owners: np.ndarray, ranks: int
) -> list[np.ndarray]:
    """Some tokens, of which the first stands at ``begin``, by the rank that they belong to."""
    end = begin + len(tokens)
    first, last = np.searchsorted(edges, [begin, end], side="right") - 1
    cuts = np.clip(edges[first : last + 2], begin, end)
    owner_of = np.repeat(owners[first : last + 1], np.diff(cuts)[: len(owners) - first])
    return [tokens[owner_of == rank] for rank in range(ranks)]


def _exchanged(sent: list[np.ndarray], comm: Any) -> list[np.ndarray]:
    """What each rank has sent to this one."""
    lengths = np.array([len(piece) for piece in sent], np.int32)
    came = np.empty_like(lengths)
    comm.Alltoall(lengths, came)
    received = np.empty(int(came.sum()), np.int32)
    comm.Alltoallv((np.concatenate(sent), lengths), (received, came))
    return np.split(received, np.cumsum(came)[:-1])
