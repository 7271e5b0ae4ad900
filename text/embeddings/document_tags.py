"""Tags, the names of documents: documents with the same tag share one vector.

N documents, R tags
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

from ..corpus.stream import Corpus


def untagged(corpus: Any) -> tuple[Any, list[Any] | None]:
    """The corpus; of documents with ``words`` and ``tags``, as gensim's are, the words, and the tags.

    Raises
    ------
    ValueError
        A document has no tag, or several.
    """
    if isinstance(corpus, str | os.PathLike | Corpus | np.ndarray) or not isinstance(corpus, Iterable):
        return corpus, None
    items = iter(corpus)
    first = next(items, None)
    if not hasattr(first, "tags"):
        return chain([first], items) if items is corpus and first is not None else corpus, None
    documents: list[Any] = [first, *items]
    return [each.words for each in documents], [_only(each.tags) for each in documents]


def documents_of(corpus: Any) -> Corpus:
    """A corpus whose lines are documents, which are never cut."""
    return (corpus if isinstance(corpus, Corpus) else Corpus(corpus)).whole_lines()


def rows_of_tags(tags: Sequence[Any] | None, documents: int, asked_by: str) -> tuple[np.ndarray, list[str]]:
    """The row of each document, int64 (N,), and the name of each row; without tags one each, and no names.

    >>> rows_of_tags(["a", "b", "a"], 3, "fit")
    (array([0, 1, 0]), ['a', 'b'])

    Raises
    ------
    ValueError
        There is not one tag a document, or one is no word or number.
    """
    if tags is None:
        return np.arange(documents), []
    if isinstance(tags, str) or len(tags) != documents:
        came = repr(tags) if isinstance(tags, str) else f"{len(tags):,}"
        raise ValueError(f"{asked_by}: expected one tag for each of {documents:,} documents, came {came}")
    names = [_name(tag, asked_by) for tag in tags]
    row = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([row[name] for name in names], np.int64), list(row)


def _only(tags: Any) -> Any:
    """The tag of a document."""
    tags = [tags] if isinstance(tags, str | int) else list(tags)
    if len(tags) != 1:
        raise ValueError(f"Doc2Vec: expected one tag a document, came {tags!r:.60}")
    return tags[0]


def _name(tag: Any, asked_by: str) -> str:
    if (
        isinstance(tag, bool)
        or not isinstance(tag, str | int | np.integer)
        or "\n" in str(tag)
        or not str(tag)
    ):
        raise ValueError(
            f"{asked_by}: expected a tag that is a str of one line, or a number, came {tag!r:.60}"
        )
    return str(tag)
