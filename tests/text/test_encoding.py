"""Texts larger than memory: ids in a file are the ids in memory, and a vocabulary stays within its limit."""

from __future__ import annotations

import lzma
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.core.files import scratch_folder
from cutaway.text import Word2Vec, WordVectors, encode, encode_to, open_encoded
from cutaway.text.corpus import encode as encoding
from cutaway.text.corpus import token_ids
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FUZZ = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def text(rng):
    """Words of Zipf's law: many are seen once."""
    return [[f"w{n}" for n in rng.zipf(1.3, 12)] for _ in range(800)]


@pytest.fixture
def small_memory(monkeypatch):
    """Everything goes to files, in small pieces."""
    monkeypatch.setattr(token_ids, "IN_MEMORY", 100)
    for module in (token_ids, encoding):
        monkeypatch.setattr(module, "BLOCK", 64)


def test_ids_in_a_file_are_those_in_memory(text, small_memory, monkeypatch):
    vocabulary, tokens = encode(text, 3)
    assert isinstance(tokens.base, np.memmap)
    again = vocabulary.encode(text)
    monkeypatch.undo()
    expected, in_memory = encode(text, 3)
    assert vocabulary.words == expected.words
    assert np.array_equal(vocabulary.counts, expected.counts)
    assert np.array_equal(tokens, in_memory)
    assert np.array_equal(again, in_memory)


def test_training_reads_mapped_ids(text, tmp_path):
    options = {"dim": 16, "epochs": 1, "sample": 0, "seed": 3}
    expected = Word2Vec(**options).fit(text, progress=False)
    encode_to(tmp_path / "ids", text)
    vocabulary, tokens = open_encoded(tmp_path / "ids")
    fitted = Word2Vec(**options).fit_tokens(vocabulary, tokens, progress=False)
    assert np.array_equal(fitted.v, expected.v)
    assert fitted.text == expected.text
    fitted.epochs = 2
    fitted.resume(tokens, progress=False)
    assert fitted.epoch == 2
    assert np.array_equal(tokens, np.fromfile(tmp_path / "ids" / "tokens.int32", np.int32)), "not written to"


@pytest.mark.parametrize("limit", [100, 300])
def test_rare_words_are_forgotten(text, limit, small_memory):
    """Never many more words than the limit; frequent words keep nearly all they were seen."""
    biggest, forget = [], encoding._forget

    def watched(number_of, counts, rare):
        biggest.append(len(number_of))
        forget(number_of, counts, rare)

    encoding._forget = watched
    try:
        vocabulary, tokens = encode(text, 1, max_vocab_size=limit)
    finally:
        encoding._forget = forget
    seen = Counter(word for words in text for word in words)
    assert len(seen) > 500
    assert max(biggest) <= 2 * limit + 12
    assert len(vocabulary) <= 2 * limit + 12
    assert np.array_equal(np.bincount(tokens, minlength=len(vocabulary)), vocabulary.counts)
    for word, count in seen.most_common(5):
        assert 0.95 * count <= vocabulary.counts[vocabulary.index[word]] <= count
    assert vocabulary.counts[0] == 800, "</s> is never forgotten"
    assert encode(text, 1)[0].counts[1:].sum() == 9600, "no limit, no loss"


def test_command_keeps_the_text_as_numbers(text, tmp_path, capsys):
    with lzma.open(tmp_path / "text.xz", "wt") as file:
        file.write("\n".join(" ".join(words) for words in text))
    flags = f"-size 16 -iter 1 -threads 1 -debug 0 -sample 0 -encoded {tmp_path}/ids".split()
    for name in "ab":
        train = [] if name == "b" else ["-train", f"{tmp_path}/text.xz"]
        assert main(["word2vec", *train, "-output", f"{tmp_path}/{name}", *flags]) == 0
    assert np.array_equal(WordVectors.load(tmp_path / "a").matrix, WordVectors.load(tmp_path / "b").matrix)
    assert main(["word2vec", "-output", "x", "-encoded", f"{tmp_path}/none"]) == 2
    assert "expected -train FILE" in capsys.readouterr().err
    (tmp_path / "other").write_text("another text\n")
    for train in (["-train", f"{tmp_path}/other"], ["-train", f"{tmp_path}/text.xz", "-min-count", "2"]):
        assert main(["word2vec", *train, "-output", f"{tmp_path}/c", *flags]) == 2
    told = capsys.readouterr().err
    assert "vocab.txt was made with another text, not with this -train" in told
    assert "vocab.txt was made with -min-count 5, not with this -min-count 2" in told


def test_left_over_cells_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    for process in (gone.stdout.strip(), os.getpid()):
        (tmp_path / f"cutaway-cells-{process}-x").mkdir()
    with scratch_folder("cutaway-cells") as folder:
        assert folder.is_dir()
    assert [each.name for each in tmp_path.iterdir()] == [f"cutaway-cells-{os.getpid()}-x"]


def test_damaged_ids_name_the_byte(text, tmp_path):
    vocabulary, _ = encode_to(tmp_path / "ids", text)
    path = tmp_path / "ids" / "tokens.int32"
    good = path.read_bytes()
    path.write_bytes(good[:-3])
    with pytest.raises(ValueError, match=rf"byte {len(good) - 4:,}: expected a token id of 4 bytes, came 1"):
        open_encoded(tmp_path / "ids")
    for wrong in (-1, len(vocabulary)):
        path.write_bytes(good[:40] + np.int32(wrong).tobytes() + good[44:])
        with pytest.raises(ValueError, match=rf"byte 40: expected an id from 0 to .*, came {wrong}"):
            open_encoded(tmp_path / "ids")
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="byte 0: expected a token id"):
        open_encoded(tmp_path / "ids")


@FUZZ
@given(st.binary(max_size=80), st.binary(max_size=40))
def test_noise_is_an_error_or_a_text(tmp_path, ids, words):
    (tmp_path / "tokens.int32").write_bytes(ids)
    (tmp_path / "vocab.txt").write_bytes(words)
    assert fits_or_complains(tmp_path)


def fits_or_complains(folder):
    try:
        vocabulary, tokens = open_encoded(folder)
    except ValueError as error:
        return "byte" in str(error) or "line" in str(error)
    return tokens.max() < len(vocabulary)


def test_kept_words_do_not_hold_the_memory_of_all():
    word = "".join(["a_", "cat"])
    vocabulary, _ = encode([[word, word]], 1)
    assert vocabulary.words[1] == word
    assert vocabulary.words[1] is not word
