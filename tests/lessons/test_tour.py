"""The tour, small: a complete page that needs no network, with the same numbers every time."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from cutaway import vision
from cutaway.lessons import features, others, page, reading, segmentation, subwords, tour, words
from cutaway.lessons.gradients import gradients
from cutaway.lessons.scenes import scenes
from cutaway.text import FastText, GloVe, Word2Vec


@pytest.fixture
def small(monkeypatch):
    """The tour with a small task and a small text."""

    def task():
        train, test = vision.SceneDataset(8, 32, seed=1), vision.SceneDataset(6, 32, seed=2)
        return segmentation.Task("generated scenes", train, test, vision.CLASSES, 4, 2, 2, 4, 5e-3)

    def text(progress=True):
        for i in range(400):
            angle, part = ("sine", "cosine")[i % 2], ("row", "column", "column")[i % 3]
            yield f"the {angle} of the angle in radians and the {part} of the matrix".split()

    monkeypatch.setattr(segmentation, "generated", task)

    def vectors(**_):
        return Word2Vec(dim=16, epochs=2, min_count=1)

    monkeypatch.setattr(reading, "python_docs", text)
    monkeypatch.setattr(reading, "Word2Vec", vectors)
    monkeypatch.setattr(words, "Word2Vec", vectors)
    monkeypatch.setattr(others, "Word2Vec", lambda **_: Word2Vec(dim=16, hs=True, epochs=2, min_count=1))
    monkeypatch.setattr(others, "GloVe", lambda **_: GloVe(dim=16, epochs=2, min_count=1, memory=0.01))
    monkeypatch.setattr(features, "paragraphs", lambda name: [[*line, name[::-1]] for line in text()][:40])
    monkeypatch.setattr(features, "SIZES", (3,))
    monkeypatch.setattr(features, "DRAWS", 1)
    monkeypatch.setattr(
        subwords, "FastText", lambda **_: FastText(dim=16, epochs=2, min_count=1, buckets=1000, shared=True)
    )


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sources, self.open = [], []

    def handle_starttag(self, tag, attributes):
        self.sources += [value for name, value in attributes if name in ("src", "href", "srcset", "data")]


def test_the_page_is_complete_in_itself_and_repeats(tmp_path, small):
    first = tour.tour(tmp_path / "a", show=False).read_text()
    second = tour.tour(tmp_path / "b", show=False).read_text()
    assert first == second
    links = Links()
    links.feed(first)
    assert all(source.startswith(("data:image/png;base64,", "#")) for source in links.sources)
    assert "url(http" not in first
    assert "@import" not in first
    assert len(re.findall(r"<h2>\d\. ", first)) == 9
    assert first.count("data:image/png") >= 6
    assert first.count("<svg") == 2
    for word in (
        "mean Jaccard",
        "cosine",
        "gradcheck neuron: PASS",
        "gradcheck broken: FAIL",
        "(0, 2, 1, 0, 1, 0, 0, 0, 0, 2, 0, 1, 1, 0, 1, 0, 1, 0)",
        "усл",
        "the code that ran",
    ):
        assert word in first
    assert (
        "nan"
        not in re.sub(r"<pre.*?</pre>|data:[^\"]*", "", first, flags=re.S)
        .lower()
        .replace("nanmean", "")
        .split()
    )


def test_real_data_is_found(tmp_path):
    assert tour._real_data(None) == (None, None)
    (tmp_path / "camvid" / "train").mkdir(parents=True)
    (tmp_path / "camvid" / "trainannot").mkdir()
    (tmp_path / "corpus_en").mkdir()
    (tmp_path / "corpus_en" / "small.txt").write_text("a")
    (tmp_path / "corpus_en" / "large.txt.xz").write_text("aaaaaaaa")
    (tmp_path / "corpus_en" / "notes.md").write_text("a" * 99)
    assert tour._real_data(tmp_path) == (tmp_path / "camvid", tmp_path / "corpus_en" / "large.txt.xz")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileNotFoundError, match="nothing to take from it"):
        tour._real_data(empty)


def test_stories_that_need_no_training():
    for story in (gradients(), scenes()):
        assert story.blocks
        assert "<figure" in "".join(story.blocks)


def test_what_a_program_prints_cannot_break_the_page():
    section = page.Section("<b>title</b>", "anchor")
    section.output("<script>alert(1)</script>")
    section.table(("<i>",), [("a < b & c",)], "`code` and *stress*, 2 * 3 * 4")
    made = page.render("t", "l", [section], "f")
    assert "<script>" not in made
    assert "&lt;b&gt;title" in made
    assert "<code>code</code> and <em>stress</em>, 2 * 3 * 4" in made
