"""Files of vectors come back as they were written; files made to hurt end in an error that names a byte."""

from __future__ import annotations

import struct
import tracemalloc

import numpy as np
import pytest
from cutaway.text import WordVectors
from cutaway.text.files import word2vec_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=8).filter(
    lambda word: word.split() == [word]
)
FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(st.data(), st.booleans())
def test_round_trip_is_exact(tmp_path, data, binary):
    words = data.draw(st.lists(WORDS, min_size=1, max_size=6, unique=True))
    matrix = data.draw(arrays(np.float32, (len(words), data.draw(st.integers(1, 5))), elements=FINITE))
    path = tmp_path / "vectors"
    word2vec_format.write(path, words, matrix, binary)
    back_words, back = word2vec_format.read(path, binary)
    assert back_words == words
    assert back.dtype == np.float32
    assert np.array_equal(back, matrix)
    assert [each.name for each in tmp_path.iterdir()] == ["vectors"], "nothing is left beside it"


@pytest.fixture
def saved(tmp_path, rng):
    vectors = WordVectors([f"слово{i}" for i in range(50)], rng.normal(size=(50, 6)))
    return {binary: _save(vectors, tmp_path / f"{binary}.vec", binary) for binary in (True, False)}, vectors


def _save(vectors, path, binary):
    vectors.save(path, binary=binary)
    return path


@pytest.mark.parametrize("binary", [True, False])
def test_format_is_found_out_and_limited(saved, binary):
    paths, vectors = saved
    back = WordVectors.load(paths[binary])
    assert back.words == vectors.words
    assert np.array_equal(back.matrix, vectors.matrix)
    assert WordVectors.load(paths[binary], limit=7).words == vectors.words[:7]


def test_layout_is_the_c_tools(tmp_path):
    path = tmp_path / "x"
    word2vec_format.write(path, ["a", "bc"], np.array([[1, -2], [0.5, 3]]))
    rows = [b"a " + struct.pack("<2f", 1, -2) + b"\n", b"bc " + struct.pack("<2f", 0.5, 3) + b"\n"]
    assert path.read_bytes() == b"2 2\n" + b"".join(rows)
    path.write_bytes(b"2 2\n" + b"".join(row[:-1] for row in rows))  # other writers leave the newline out
    assert word2vec_format.read(path)[0] == ["a", "bc"]
    word2vec_format.write(path, ["a", "bc"], np.array([[1, -2], [0.5, 3]]), binary=False)
    assert path.read_bytes() == b"2 2\na 1.0 -2.0 \nbc 0.5 3.0 \n"


def test_glove_has_no_header(tmp_path, rng):
    path, vectors = (
        tmp_path / "glove.txt",
        WordVectors([f"w{i}" for i in range(5000)], rng.normal(size=(5000, 2))),
    )
    vectors.save(path, binary=False, header=False)
    assert path.read_bytes().startswith(b"w0 ")
    for limit in (None, 3, 4096, 4999, 10_000):
        back = WordVectors.load(path, limit=limit)
        assert back.words == vectors.words[:limit]
        assert np.array_equal(back.matrix, vectors.matrix[:limit])
    path.write_bytes(path.read_bytes().partition(b"w4999")[0] + b"w4999 1.5")
    with pytest.raises(ValueError, match=r"glove\.txt: byte [\d,]+: expected"):
        WordVectors.load(path)
    with pytest.raises(ValueError, match="binary vectors need their header"):
        vectors.save(path, header=False)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "x"
    word2vec_format.write(path, ["a"], np.ones((1, 2)))
    before = path.read_bytes()
    for words, complaint in (
        (["a", "b c"], "white space"),
        (["a", ""], "empty"),
        (["a"], "a row of numbers for each"),
    ):
        with pytest.raises(ValueError, match=complaint):
            word2vec_format.write(path, words, np.ones((2, 2)))
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", r"byte 0: expected a header"),
        (b"word2vec", r"byte 0: expected a header"),
        (b"-1 5\n", r"byte 0: expected a header that fits"),
        (b"3 2\na 1 2\nb 3 4\n", r"byte 16: expected a word and 2 numbers, came 1 fields"),
        (b"2 2\na 1 2\nb 3\n xxxx", r"byte 10: expected a word and 2 numbers, came 2 fields"),
        (b"2 2\na 1 2\nb 3 four\n", r"byte 10: expected 2 numbers"),
        (b"1 2\na 1 2\nb 3 4\n", r"byte 16: expected the end of the file after 1 words"),
        (b"2 2\na 1 2\n\xff 3 4\n", r"byte 10: expected a word in UTF-8"),
        (b"2 1\na \x00\x00\x80?\nb \x00\x00", r"byte 13: expected 4 bytes for b'b', came 2"),
        (b"2 1\na \x00\x00\x80?" + b"x" * 9000, r"byte 10: expected a word and a blank"),
    ],
)
def test_malformed_files_name_the_byte(tmp_path, content, complaint):
    path = tmp_path / "bad.vec"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.vec: " + complaint):
        word2vec_format.read(path)


@pytest.mark.parametrize("header", [b"1000000000 300\n", b"3 99999999999\n", b"9" * 60 + b" 1\n"])
@pytest.mark.parametrize("binary", [True, False])
def test_a_lying_header_allocates_nothing(tmp_path, header, binary):
    path = tmp_path / "bomb.vec"
    path.write_bytes(header + b"a 1 2 3\n" * 10)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"bomb\.vec: byte 0: expected a header"):
        word2vec_format.read(path, binary)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def read_or_complain(path, binary=None):
    """Did the file give one row a word, or an error that names the byte?"""
    try:
        words, matrix = word2vec_format.read(path, binary)
    except ValueError as error:
        return f"{path.name}: byte " in str(error)
    return len(words) == len(matrix)


@FUZZ
@given(st.data())
@pytest.mark.parametrize("binary", [True, False])
def test_cut_or_changed_files_never_crash(saved, tmp_path, binary, data):
    content = bytearray(saved[0][binary].read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "fuzzed"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert read_or_complain(path, data.draw(st.sampled_from([None, binary])))


@pytest.mark.parametrize("binary", [True, False])
def test_every_cut_is_noticed(saved, tmp_path, binary):
    content = saved[0][binary].read_bytes().rstrip()
    path = tmp_path / "cut"
    for length in range(0, len(content) - 12, 97):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="cut: byte "):
            word2vec_format.read(path, binary)


@FUZZ
@given(st.binary(max_size=200))
def test_noise_is_an_error_or_vectors(tmp_path, content):
    path = tmp_path / "noise"
    path.write_bytes(content)
    assert read_or_complain(path)
