"""The step that is shown is the engine's gradient, and moves what it says."""

from __future__ import annotations

from cutaway.lessons.one_step import OUTPUT, difference, one_step
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
