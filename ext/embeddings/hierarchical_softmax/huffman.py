"""The Huffman tree: frequent words near the root, so that the mean path of a text is as short as can be.

V words; the tree has V leaves and V - 1 inner nodes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numpy as np

BLOCK = 4  # the compiled loop takes the nodes of a path four at a time
FREE = 2  # in place of a code: no decision


def tree(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join the two rarest subtrees, until one is left (Huffman 1952).

    Returns
    -------
    parent : int64 (2 V - 1,)
        Of the leaves, which are the words, and then of the inner nodes in the order in which they are made.
        The last of them is the root, and has 0.
    code : int64 (2 V - 1,)
        1 for the less rare child of a node, 0 for the other.
    """
    words = len(counts)
    heap = [(int(count), word) for word, count in enumerate(counts)]
    heapq.heapify(heap)
    parent, code = np.zeros((2, 2 * words - 1), np.int64)
    for node in range(words, 2 * words - 1):
        (rare, a), (less_rare, b) = heapq.heappop(heap), heapq.heappop(heap)
        parent[a] = parent[b] = node
        code[b] = 1
        heapq.heappush(heap, (rare + less_rare, node))
    return parent, code


def huffman(counts: np.ndarray) -> tuple[list[list[int]], list[list[int]]]:
    """Each word's path from the root: its inner nodes, and the code, 0 or 1, by which it leaves each.

    Inner nodes are numbered as they are made, from 0, so the root is V - 2.

    >>> nodes, codes = huffman([4, 1, 1, 2])
    >>> nodes
    [[2], [2, 1, 0], [2, 1, 0], [2, 1]]
    >>> codes
    [[0], [1, 1, 0], [1, 1, 1], [1, 0]]
    """
    words, (parent, code) = len(counts), tree(counts)
    nodes: list[list[int]] = []
    codes: list[list[int]] = []
    for at in range(words):
        path, bits = [], []
        while parent[at]:  # from the leaf up to the root
            path.append(int(parent[at]) - words)
            bits.append(int(code[at]))
            at = parent[at]
        nodes.append(path[::-1])
        codes.append(bits[::-1])
    return nodes, codes


def paths(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`huffman`, flat: word w's path is ``nodes[starts[w]:starts[w + 1]]``, and so its codes.

    Each path is filled up to a multiple of BLOCK with the node V - 1, which is no node of the tree: its row
    is free, so the compiled loop may take whole blocks.  The code of these is FREE.

    Returns
    -------
    starts : int64 (V + 1,)
    nodes, codes : int32 (all paths one after the other,)
    """
    words, (parent, code) = len(counts), tree(counts)
    long = np.zeros(words, np.int64)
    for word, _ in _climb(parent, words):
        long[word] += 1
    starts = np.append(0, np.cumsum(long + -long % BLOCK))
    nodes, codes = np.full(starts[-1], words - 1, np.int32), np.full(starts[-1], FREE, np.int32)
    place = starts[:-1] + long  # from the leaf, so from a path's end
    for word, node in _climb(parent, words):
        place[word] -= 1
        nodes[place[word]], codes[place[word]] = parent[node] - words, code[node]
    return starts, nodes, codes


def _climb(parent: np.ndarray, words: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All words climb from their leaves to the root: those that are below it, and the node where each is."""
    word = node = np.arange(words)
    while (below := parent[node] > 0).any():
        word, node = word[below], node[below]
        yield word, node
        node = parent[node]


def label_tree(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The tree over labels exactly as fastText builds it, so that its files mean the same here.

    Equal counts make several trees that are equally good; this is the one that two queues make, of the leaves
    from rare to frequent and of the inner nodes as they come.  A path goes from the leaf to the root, and
    code 1 stands for yes.

    Parameters
    ----------
    counts : int64 (L,), from frequent to rare

    Returns
    -------
    starts, nodes, codes
        As `paths`, without filling: label l's path is ``nodes[starts[l]:starts[l + 1]]``.

    >>> starts, nodes, codes = label_tree(np.array([5, 2, 2]))
    >>> nodes[starts[1]:starts[2]].tolist(), codes[starts[1]:starts[2]].tolist()
    ([0, 1], [1, 0])
    """
    labels = len(counts)
    count = np.concatenate([counts, np.full(max(labels - 1, 0), 10**15)]).tolist()
    parent, code = [-1] * len(count), [0] * len(count)
    leaf, node = labels - 1, labels
    for new in range(labels, len(count)):
        below = []
        for _ in range(2):
            if leaf >= 0 and count[leaf] < count[node]:
                below.append(leaf)
                leaf -= 1
            else:
                below.append(node)
                node += 1
        parent[below[0]] = parent[below[1]] = new
        code[below[1]] = 1
        count[new] = count[below[0]] + count[below[1]]
    starts, nodes, codes = [0], [], []
    for at in range(labels):
        while parent[at] >= 0:
            nodes.append(parent[at] - labels)
            codes.append(code[at])
            at = parent[at]
        starts.append(len(nodes))
    return np.array(starts), np.array(nodes, np.int32), np.array(codes, np.int32)
