"""Chapters are chosen by name or number, and their records make the index."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.lessons import folder, machine
from cutaway.lessons.chapters import CHAPTERS, choose
from cutaway.lessons.folder import Record, made_folder, made_lines
from cutaway.lessons.materials import Materials
from cutaway.lessons.page import Section


def test_chapters_are_chosen_by_name_or_number_and_come_in_lecture_order():
    assert choose() == list(CHAPTERS)
    assert choose(["glove", "2", "glove", "GRADIENTS"]) == [CHAPTERS[0], CHAPTERS[1], choose(["17"])[0]]
    with pytest.raises(ValueError, match="wrds: there is no such chapter; did you mean words") as raised:
        choose(["wrds"])
    assert all(f"{number} {each.name}" in str(raised.value) for number, each in enumerate(CHAPTERS, 1))
    for wrong in ("0", str(len(CHAPTERS) + 1), "-1"):
        with pytest.raises(ValueError, match="no such chapter"):
            choose([wrong])


def test_what_chapters_need_is_there():
    assert all(
        hasattr(Materials, need) or need in ("show", "folder") for each in CHAPTERS for need in each.needs
    )


def test_a_record_comes_back_whatever_it_says():
    section = Section("t", "t", facts={"</script><b>": "<1 & 2>"})
    page = folder.chapter_page(CHAPTERS[3], section, 2.5, "made <here>")
    assert folder.record_of(page) == Record(CHAPTERS[3].name, section.facts, 2.5, "made <here>")
    assert page.count("</script>") == 1
    assert folder.record_of("<html>") is None
    assert folder.record_of('<script type="application/json" id="record">{"a": 1}</script>') is None


def test_pages_of_several_runs_are_told_apart():
    one, two = Record("a", {}, 100.0, "On one."), Record("b", {}, 60.0, "On one.")
    assert list(made_lines([one, two])) == ["On one. 2 pages in 2 min 40 s."]
    other = Record("c", {}, 5.0, "On another.")
    assert list(made_lines([one, other])) == [
        "On one. 1 page in 1 min 40 s: a.",
        "On another. 1 page in 5 seconds: c.",
    ]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_of_a_failure_only_a_training_on_real_images_stays(tmp_path, error):
    names = ["scenes-UNet-0.json", "scenes-UNet-0.safetensors"]

    def fails(path, more):
        with made_folder(path):
            for name in names + more:
                (path / name).touch()
            raise error

    for more in ([], ["camvid-UNet-1.safetensors"]):
        path = tmp_path / f"new{len(more)}"
        with pytest.raises(error):
            fails(path, more)
        assert ([each.name for each in path.iterdir()] if path.exists() else []) == more
    assert not (tmp_path / "new0").exists()


def test_a_failure_keeps_what_was_there_before(tmp_path):
    (tmp_path / "scenes-UNet-0.json").touch()
    with pytest.raises(ValueError, match="no"), made_folder(tmp_path):
        raise ValueError("no")
    assert (tmp_path / "scenes-UNet-0.json").exists()


def test_the_machine_is_told_in_a_line(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "CPU_INFO", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Fast One  3000\nmodel name\t: Fast One  3000\n"
    )
    assert machine.machine().startswith("Fast One 3000, ")
    assert np.__version__ in machine.machine()
    (tmp_path / "cpuinfo").write_text("processor\t: 0\n")
    assert machine.processor()
