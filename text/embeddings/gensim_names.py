"""gensim's names for what is called otherwise here, so that programs of its users run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

OPTIONS = {
    "vector_size": "dim",
    "size": "dim",  # before gensim 4
    "workers": "threads",
    "iter": "epochs",
    "ns_exponent": "power",
    "bucket": "buckets",
}


def translated(named: dict[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Options by our names; ``sg``, skip-gram, is the contrary of ``cbow``.

    >>> translated({"vector_size": 50, "sg": 1, "window": 3}, ["dim", "cbow", "window"])
    {'dim': 50, 'window': 3, 'cbow': False}
    """
    ours = {name: name if name in known else OPTIONS.get(name, name) for name in named}
    found = {ours[name]: value for name, value in named.items()}
    if "sg" in found and "cbow" in known:
        found["cbow"] = not found.pop("sg")
    return found
