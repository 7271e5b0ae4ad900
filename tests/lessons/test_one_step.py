"""The step that is shown is the engine's gradient, and moves what it says."""

from __future__ import annotations

import re

from cutaway.lessons.one_step import INPUT, OUTPUT, angle, difference, one_step
from cutaway.lessons.page import Section


def test_one_step_is_the_gradient():
    assert 0 <= difference() < 1e-15


def test_the_table_shows_the_pair_nearing_and_the_noise_leaving():
    section = Section("one", "one")
    one_step(section)
    (table,) = (block for block in section.blocks if "<table>" in block)
    rows = [row.split("</td>") for row in table.split("<tr>")[2:]]
    number = lambda cell: float(cell.split(">")[-1])  # noqa: E731
    chances = [(number(row[3]), number(row[5])) for row in rows[1:]]
    assert len(chances) == len(OUTPUT)
    assert chances[0][1] > chances[0][0]
    assert all(after < before for before, after in chances[1:])


def test_the_caption_tells_the_angles_of_the_vectors():
    section = Section("one", "one")
    one_step(section)
    (caption,) = (block for block in section.blocks if "<figure>" in block and "degrees" in block)
    old = angle(INPUT, OUTPUT[0])
    assert f"from {old:.0f} to " in caption
    before, after = (
        float(word) for word in re.findall(r"each other, from (\d+) to (\d+) degrees", caption)[0]
    )
    assert ("turn closer to each other" in caption) == (after < before)
