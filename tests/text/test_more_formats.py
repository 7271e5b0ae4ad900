"""Vectors as .npz and for TensorBoard come back as they were; damaged files say so; very many queries."""

from __future__ import annotations

import tracemalloc
import zipfile

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.text import WordVectors
from cutaway.text.files import npz
from cutaway.text.vectors import neighbours
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FUZZ = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def vectors(rng):
    return WordVectors([f"слово{i}" for i in range(50)], rng.normal(size=(50, 6)))


@pytest.mark.parametrize("name", ["x.npz", "vectors.tsv", "a_vectors.tsv"])
def test_they_come_back(vectors, name, tmp_path):
    vectors.save(tmp_path / name)
    for limit in (None, 7):
        back = WordVectors.load(tmp_path / name, limit=limit)
        assert back.words == vectors.words[:limit]
        assert np.array_equal(back.matrix, vectors.matrix[:limit])
    assert not list(tmp_path.glob("*.part"))


def test_numpy_reads_ours_and_we_read_numpys(vectors, tmp_path):
    vectors.save(tmp_path / "ours.npz")
    with np.load(tmp_path / "ours.npz", allow_pickle=False) as found:
        assert np.array_equal(found["vectors"], vectors.matrix)
        assert found["words"].tobytes().decode().split("\n") == vectors.words
    assert zipfile.ZipFile(tmp_path / "ours.npz").testzip() is None
    words = np.frombuffer("\n".join(vectors.words).encode(), np.uint8)
    for save, kind in ((np.savez, np.float16), (np.savez_compressed, np.float64)):
        save(tmp_path / "theirs.npz", words=words, vectors=vectors.matrix.astype(kind))
        back = WordVectors.load(tmp_path / "theirs.npz")
        assert back.matrix.dtype == np.float32
        np.testing.assert_allclose(back.matrix, vectors.matrix, rtol=2e-3)
        with pytest.raises(ValueError, match="only float32 vectors that are not compressed"):
            WordVectors.load(tmp_path / "theirs.npz", mmap=True)


def test_mapped_vectors_answer_as_others(vectors, tmp_path):
    for count in (
        49,
        50,
    ):  # lists of words of other lengths: the numbers begin at a multiple of 64 all the same
        some = WordVectors(vectors.words[:count], vectors.matrix[:count])
        some.save(tmp_path / "x.npz")
        words, matrix = npz.read(tmp_path / "x.npz", mmap=True)
        assert isinstance(matrix, np.memmap)
        assert matrix.offset % 64 == 0
        assert not matrix.flags.writeable
        assert words == some.words
        mapped = WordVectors.load(tmp_path / "x.npz", mmap=True)
        assert isinstance(mapped.matrix.base, np.memmap) or isinstance(mapped.matrix, np.memmap)
        assert mapped.most_similar("слово3") == some.most_similar("слово3")
    some.save(tmp_path / "x.bin")
    with pytest.raises(ValueError, match=r"only \.npz can be mapped"):
        WordVectors.load(tmp_path / "x.bin", mmap=True)


def test_words_that_a_format_cannot_hold(tmp_path):
    with pytest.raises(ValueError, match="has a line's end"):
        WordVectors(["a\nb"], [[1.0]]).save(tmp_path / "x.npz")
    with pytest.raises(ValueError, match="a tab or a line's end"):
        WordVectors(["a\tb"], [[1.0]]).save(tmp_path / "vectors.tsv")
    with pytest.raises(ValueError, match=r"ends in 'vectors\.tsv'"):
        WordVectors(["a"], [[1.0]]).save(tmp_path / "x.tsv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("1\t2\n3\n", r"byte 4, line 2: expected 2 finite numbers with tabs between, came b'3"),
        ("1\tx\n3\t4\n", r"byte 0, line 1: expected finite numbers"),
        ("1\t2\n", r"byte 4: expected 2 rows for so many words in .*metadata\.tsv, came 1"),
        ("", r"byte 0: expected 2 rows"),
    ],
)
def test_damaged_tables_name_the_byte(content, complaint, tmp_path):
    (tmp_path / "vectors.tsv").write_text(content)
    (tmp_path / "metadata.tsv").write_text("a\nb\n")
    with pytest.raises(ValueError, match=complaint):
        WordVectors.load(tmp_path / "vectors.tsv")


@FUZZ
@given(st.data(), st.booleans())
def test_cut_or_changed_archives_never_crash(vectors, tmp_path, data, mmap):
    path = tmp_path / "x.npz"
    vectors.save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    assert read_or_complain(path, mmap)


def read_or_complain(path, mmap):
    """Did the file give one row a word, or an error that names the file?"""
    try:
        words, matrix = npz.read(path, mmap=mmap)
    except ValueError as error:
        return "x.npz" in str(error)
    return len(words) == len(matrix)


@pytest.mark.parametrize("shape", [(10**12, 300), (2**62, 4), (-5, 3)])
def test_a_lying_header_allocates_nothing(shape, tmp_path):
    path = tmp_path / "x.npz"
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("words.npy", npy_of(np.frombuffer(b"a", np.uint8)))
        archive.writestr("vectors.npy", b"\x93NUMPY\x01\x00" + bytes([118, 0]) + head.encode() + b"1234")
    tracemalloc.start()
    for mmap in (False, True):
        with pytest.raises(ValueError, match=r"x\.npz: (byte \d+: )?expected"):
            npz.read(path, mmap=mmap)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 21


def npy_of(array):
    import io

    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def test_a_bomb_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("words.npy", npy_of(np.zeros(150_000_000, np.uint8)))
    with pytest.raises(ValueError, match=r"words\.npy, unpacked, would take"):
        npz.read(tmp_path / "x.npz")


def test_pickles_are_not_opened(tmp_path):
    np.savez(tmp_path / "x.npz", words=np.array(["a", None], object), vectors=np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"byte \d+: expected object"):
        npz.read(tmp_path / "x.npz")


@pytest.mark.parametrize(("words", "dim", "n"), [(1000, 8, 10), (65, 3, 64), (70, 3, 20), (3, 2, 2)])
def test_neighbours_of_many_are_those_of_each(words, dim, n, rng, monkeypatch):
    monkeypatch.setattr(neighbours, "SCORES", 5000)
    vectors = WordVectors([f"w{i}" for i in range(words)], rng.normal(size=(words, dim)))
    rows, cosines = vectors.neighbours(vectors.words, topn=n)
    assert rows.shape == cosines.shape == (words, n)
    for i in rng.choice(words, 3, replace=False):
        expected = vectors.most_similar(f"w{i}", topn=n)
        assert [vectors.words[row] for row in rows[i]] == [word for word, _ in expected]
        assert cosines[i] == pytest.approx([cosine for _, cosine in expected], abs=1e-6)
    free, _ = vectors.neighbours(vectors.matrix * 3, topn=1)
    assert np.array_equal(free[:, 0], np.arange(words)), "an array's rows are no words: nothing is left out"
    with pytest.raises(ValueError, match=f"expected n from 1 to {words - 1}"):
        vectors.neighbours(["w0"], topn=words)


def test_neighbours_among_frequent_words(rng):
    vectors = WordVectors([f"w{i}" for i in range(300)], rng.normal(size=(300, 4)))
    rows, _ = vectors.neighbours(["w5", "w299"], topn=5, restrict_vocab=100)
    assert rows.max() < 100
    for row, word in zip(rows, ["w5", "w299"], strict=True):
        expected = vectors.most_similar(word, topn=5, restrict_vocab=100)
        assert [vectors.words[at] for at in row] == [each for each, _ in expected]


@pytest.mark.parametrize("kind", [".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("options", [{"binary": True}, {"binary": False}, {"binary": False, "header": False}])
def test_packed_vectors_come_back(kind, options, tmp_path):
    vectors = WordVectors(["a", "слово", "c"], np.arange(6.0).reshape(3, 2) / 7)
    path = tmp_path / f"v.txt{kind}"
    vectors.save(path, **options)
    assert path.read_bytes()[:2] == {".gz": b"\x1f\x8b", ".bz2": b"BZ", ".xz": b"\xfd7"}[kind]
    read = WordVectors.load(path)
    assert read.words == vectors.words
    assert np.array_equal(read.matrix, vectors.matrix)
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(FileError, match=rf"v\.txt\{kind}"):
        WordVectors.load(path)
    with pytest.raises(ValueError, match=r"\.npz is not read from a packed file"):
        vectors.save(tmp_path / f"v.npz{kind}")
