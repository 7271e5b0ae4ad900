"""Why cells of the table of sentence classification are not measured: the system, the set, or both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def skipped_systems(names: list[str], vectors: str | None) -> dict[str, str]:
    """Return the systems that cannot be measured, and why."""
    from ..text.sentences.published import NEEDS
    from ..text.sentences.systems import SYSTEMS

    found = {}
    for name in names:
        if name not in SYSTEMS:
            found[name] = NEEDS.get(name, "not in this library")
        elif getattr(SYSTEMS[name], "needs_vectors", False) and not vectors:
            found[name] = "begins with word vectors: --vectors FILE"
    return found


def treeless_cells(systems: Mapping[str, Any], sets: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return the cells of systems that follow parse trees on sets that have none, and why."""
    from ..text.corpus.sentence_sets import NO_TREES
    from ..text.sentences.protocol import reads_trees

    followers = [name for name, system in systems.items() if reads_trees(system)]
    return {(each, name): NO_TREES for each in followers for name in sets if not sets[name].treebank}


def absent_sets(sets: Mapping[str, Any]) -> dict[str, str]:
    """Return the sets of the lecture's table that the data lack, and why they are not measured."""
    from ..text.corpus.sentence_files import FORMS

    return {
        name: f"--data has no {' and '.join(forms[0])}" for name, forms in FORMS.items() if name not in sets
    }
