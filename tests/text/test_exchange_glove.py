"""GloVe's C programs and ours make the same cells of a text; it trains on ours, and we read its vectors.

Needs the programs: `python benchmarks/text_tools.py FOLDER` builds them, CUTAWAY_GLOVE=FOLDER says where they are.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cutaway.text import Corpus, GloVe, Vocabulary
from cutaway.text.corpus.stream import count_words
from cutaway.text.glove import cells, glove_files

TOOLS = os.environ.get("CUTAWAY_GLOVE")
pytestmark = pytest.mark.skipif(not TOOLS, reason="the optional exchange tests need CUTAWAY_GLOVE=FOLDER")
DIM = 8


@pytest.fixture
def run(tmp_path):
    def run(program, *arguments):
        command = [str(Path(TOOLS, program).resolve()), *map(str, arguments)]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    return run


@pytest.fixture
def text(tmp_path, rng):
    words = [f"{letter}{n}" for letter in "abcdefgh" for n in range(15)]
    weight = 1 / np.arange(1.0, len(words) + 1)
    rows = [" ".join(rng.choice(words, rng.integers(1, 40), p=weight / weight.sum())) for _ in range(600)]
    (tmp_path / "text").write_text("\n".join(rows) + "\n")
    return tmp_path / "text"


def own_vocabulary(text):
    return Vocabulary.from_counts(count_words(Corpus(text)), 5)


def own_cells(text):
    vocabulary = own_vocabulary(text)
    tokens = vocabulary.encode_in_pieces(Corpus(text))
    return GloVe().write_cells(tokens, len(vocabulary), text.with_name("own.bin"))


def dot_products(bundle, found):
    """w . c + b + b' of cells, by the numbers of a .bin."""
    w, c = (bundle[side] for side in (0, 1))
    i, j = found["word"] - 1, found["context"] - 1
    return (w[i, :DIM] * c[j, :DIM]).sum(1) + w[i, DIM] + c[j, DIM]


def test_the_same_words_and_cells(run, text, tmp_path):
    run("vocab_count", text, "vocab.txt", "log")
    run("cooccur", text, "vocab.txt", "theirs.bin", "log")
    vocabulary = own_vocabulary(text)
    theirs = Vocabulary.load(tmp_path / "vocab.txt", sort=False)
    assert theirs.words == vocabulary.words
    assert theirs.counts[1:].tolist() == vocabulary.counts[1:].tolist()
    expected = np.fromfile(tmp_path / "theirs.bin", cells.CELL)
    # of an empty list of rare pairs it writes the first, which is none
    expected = expected[expected["word"] > 0]
    found = np.sort(np.fromfile(own_cells(text), cells.CELL), order=("word", "context"))
    assert np.array_equal(found[["word", "context"]], expected[["word", "context"]])
    np.testing.assert_allclose(found["x"], expected["x"], rtol=1e-14)


def test_theirs_trains_on_our_cells_and_we_read_its_vectors(run, text, tmp_path):
    run("vocab_count", text, "vocab.txt", "log")
    run("glove", own_cells(text), "vocab.txt", "vectors", DIM, 60, 1)
    vocabulary = own_vocabulary(text)
    read = glove_files.read_binary(tmp_path / "vectors.bin", len(vocabulary) - 1, DIM)
    found = np.fromfile(tmp_path / "own.bin", cells.CELL)
    frequent = found[found["x"] > 10]
    theirs = np.abs(dot_products(read, frequent) - np.log(frequent["x"])).mean()
    ours = GloVe(dim=DIM, epochs=60, x_max=10.0).fit_cells(vocabulary, tmp_path / "own.bin", progress=False)
    own = np.abs(dot_products(glove_files.parameters(ours), frequent) - np.log(frequent["x"])).mean()
    assert own == pytest.approx(theirs, rel=0.05)
    assert np.log(frequent["x"]).std() > 4 * own, "a constant would do nearly as well"
