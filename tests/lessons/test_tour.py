"""The tour, small: pages that are complete in themselves, linked, readable, and the same every time."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from cutaway.lessons import page, tour
from cutaway.lessons.chapters import CHAPTERS, Chapter
from cutaway.lessons.materials import RealData
from matplotlib.text import Text

from .small import shrink

ONLY = ("inside", "bag-of-words")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A whole small tour: its folder, and the size in points of every piece of type in its pictures."""
    folder, sizes = tmp_path_factory.mktemp("tour") / "tour", {}
    drawn = page.Section.figure

    def figure(section, picture, caption):
        drawn(section, picture, caption)
        for text in picture.findobj(Text):
            if text.get_text() and text.get_visible():
                sizes[section.anchor, text.get_text()] = text.get_size()

    with pytest.MonkeyPatch.context() as monkeypatch:
        shrink(monkeypatch)
        monkeypatch.setattr(page.Section, "figure", figure)
        tour.tour(folder, show=False)
    return folder, sizes


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.sources = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.sources += [value for name, value in attributes if name in ("src", "href", "srcset", "data")]


def without_times(text):
    """A page without what differs from run to run: times, the machine, and which neighbours there are."""
    text = re.sub(r'<td class="number clock">.*?</td>|<nav class="around">.*?</nav>', "", text, flags=re.S)
    return re.sub(
        r'<p class="made">.*?</p>|<script type="application/json".*?</script>', "", text, flags=re.S
    )


def without_code(text):
    """A page without pictures, records and listings, in which a source may be named."""
    return re.sub(r"<pre.*?</pre>|<script.*?</script>|data:image/png;base64,[^\"]*", "", text, flags=re.S)


def test_pages_are_complete_and_their_links_lead_somewhere(made):
    folder, _ = made
    pages = {path.name: path.read_text() for path in folder.glob("*.html")}
    assert set(pages) == {"index.html", *(f"{chapter.name}.html" for chapter in CHAPTERS)}
    assert list(folder.glob("*.part")) == []
    for text in pages.values():
        links = [each for each in Links(text).sources if not each.startswith("data:image/png;base64,")]
        assert links
        assert set(links) <= set(pages)
        assert not re.search(r"//(?!www\.w3\.org/2000/svg)|url\((?!#)|@import", without_code(text)), (
            "another host"
        )
        prose = re.sub(r"<style.*?</style>", "", without_code(text), flags=re.S)
        assert not re.search(r"\bnan\b", prose), "a number that is none"
    cards = [link for link in Links(pages["index.html"]).sources if link.endswith(".html")]
    assert cards == [f"{chapter.name}.html" for chapter in CHAPTERS]


def test_pages_show_what_the_lecture_shows(made):
    folder, _ = made
    expected = {
        "gradients": ["gradcheck neuron: PASS", "gradcheck broken: FAIL", "[0.5, -1, 2]", "±", "<svg"],
        "checking": [
            "one example's",
            "Jacobian mismatch for output 0",
            "the sum over axis 0 of the result is missing: only the first one counts",
            "the mask is forgotten",
            "1/N, N = 4",
            "ignores the cotangent",
            "no explanation accounts for every entry",
            "5 of 5",
        ],
        "transfer": ["features.25", "last layer alone", "2.6 times the rate"],
        "scenes": ["instance segmentation", "data:image/png"],
        "upsampling": ["the two agree", "67x67", "even are kernel 4, stride 2 and enlarged"],
        "networks": ["FCN-8s", "Five panels", "fully connected CRF", "<svg"],
        "how-much": ["told only <em>which</em> classes", "what can be known", "as many weights"],
        "segmentation": ["up-convolution", "which makes it a U", "mean Jaccard", "MFLOP"],
        "inside": ["filters", "|d score / d pixel|"],
        "maximise": ["The second network", "|x|, grey levels", "bits", "of each filter (a column)"],
        "true-maps": ["100 %, 100 %, 100 %", "Saturation", "A mean over places", "both found"],
        "bag-of-words": ["(0, 2, 1, 0, 1, 0, 0, 0, 0, 2, 0, 1, 1, 0, 1, 0, 1, 0)"],
        "words": ["fill_gap", "cosine"],
        "hierarchical-softmax": ["Their sum: 1.000000", "σ(v&#x27;", "All have read equally much"],
        "phrases": ["score"],
        "subwords": ["усл"],
        "glove": ["log X_ij", "All have read equally much", "so it tells of"],
        "features": ["transfer learning"],
        "sentence-network": ["Kim (2014), Table 3", "multichannel", "max over time", "judging words"],
        "sentiment-trees": ["<svg", "never stand below", "new sentences the RNN gets", "very positive"],
    }
    assert set(expected) == {chapter.name for chapter in CHAPTERS}
    for name, parts in expected.items():
        text = (folder / f"{name}.html").read_text()
        assert all(part in text for part in [*parts, "the code that ran"]), name


def test_type_in_pictures_is_readable_on_a_phone(made):
    """A point is 100/72 pixels, on a phone 85/72: 11 points are 13 pixels there."""
    _, sizes = made
    assert len(sizes) > 100
    assert {name: size for name, size in sizes.items() if size < 11} == {}


def test_only_makes_what_was_asked_and_the_same_again(made, tmp_path, monkeypatch):
    shrink(monkeypatch)
    index = tour.tour(tmp_path / "some", only=ONLY, show=False)
    pages = sorted(path.stem for path in index.parent.glob("*.html"))
    assert pages == sorted(["index", *ONLY])
    for name in ONLY:
        text = (index.parent / f"{name}.html").read_text()
        assert without_times(text) == without_times((made[0] / f"{name}.html").read_text())
        neighbour = ONLY[1 - ONLY.index(name)]
        assert set(Links(text).sources) >= {"index.html", f"{neighbour}.html"}
        assert "scenes.html" not in text, "a page that is not there"
    text = index.read_text()
    assert text.count("Not made yet: <code>cutaway tour --only") == len(CHAPTERS) - len(ONLY)
    (index.parent / "words.html").write_text("of another program")
    tour.tour(index.parent, only=["gradients"], show=False)
    assert set(Links(index.read_text()).sources) == {"gradients.html", *(f"{name}.html" for name in ONLY)}
    assert "gradients.html" in (index.parent / "inside.html").read_text()
    assert (index.parent / "words.html").read_text() == "of another program"


def test_a_tour_that_fails_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    shrink(monkeypatch)

    def fails(network):
        assert len(network.history) == 2, "the checkpoint has been written"
        raise OSError("no more")

    chosen = [CHAPTERS[0], Chapter("segmentation", "fails", "fails", fails, ("network",))]
    monkeypatch.setattr(tour, "choose", lambda only: chosen)
    with pytest.raises(OSError, match="no more"):
        tour.tour(tmp_path / "new", show=False)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "gradients.html").write_text("before")
    with pytest.raises(OSError, match="no more"):
        tour.tour(tmp_path / "old", show=False)
    assert [path.read_text() for path in (tmp_path / "old").glob("*.html")] == ["before"]


def test_real_data_is_found(tmp_path):
    assert tour.real_data(None) == RealData()
    (tmp_path / "camvid" / "train").mkdir(parents=True)
    (tmp_path / "camvid" / "trainannot").mkdir()
    (tmp_path / "corpus_en").mkdir()
    (tmp_path / "corpus_en" / "small.txt").write_text("a")
    (tmp_path / "corpus_en" / "large.txt.xz").write_text("aaaaaaaa")
    (tmp_path / "corpus_en" / "notes.md").write_text("a" * 99)
    assert tour.real_data(tmp_path) == RealData(tmp_path / "camvid", tmp_path / "corpus_en" / "large.txt.xz")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileNotFoundError, match="nothing to take from it"):
        tour.real_data(empty)


def test_what_a_program_prints_cannot_break_the_page():
    section = page.Section("<b>title</b>", "anchor")
    section.output("<script>alert(1)</script>")
    section.table(("<i>",), [("a < b & c",)], "`code` and *stress*, 2 * 3 * 4")
    made = page.render("t", "l", [section, section], "f")
    assert "<script>" not in made
    assert "&lt;b&gt;title" in made
    assert "<code>code</code> and <em>stress</em>, 2 * 3 * 4" in made
