"""A text in parts: no line is lost or read twice, and all ranks together have one process's vocabulary."""

from __future__ import annotations

import gzip
import io
from itertools import pairwise

import numpy as np
from cutaway.text import Corpus, encode
from cutaway.text.corpus.part_of_file import LinesOf
from hypothesis import example, given
from hypothesis import strategies as st
from mpiexec import needs_mpi, program, succeeded


@given(
    st.lists(st.binary(max_size=6).filter(lambda line: b"\n" not in line), max_size=12),
    st.booleans(),
    st.lists(st.integers(0, 80), max_size=4),
)
@example([b"", b"", b"ab"], False, [1, 2])
def test_parts_of_a_file_are_its_lines(lines, ends, cuts):
    text = b"\n".join(lines) + b"\n" * ends
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    found = []
    for start, stop in pairwise(edges):
        part = LinesOf(io.BytesIO(text), start, stop)
        while piece := part.readline(3):
            found.append(piece)
    assert b"".join(found) == text


def write_texts(folder, rng):
    """A folder of three files: plain, packed, and one whose last line has no end; and lines of the same."""
    words = [f"w{n}" for n in rng.zipf(1.5, 4000) % 300]
    lines = [" ".join(words[i : i + 7]) for i in range(0, len(words), 7)]
    (folder / "a.txt").write_text("\n".join(lines[:300]) + "\n", encoding="utf-8")
    with gzip.open(folder / "b.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines[300:400]))
    (folder / "c.txt").write_text("x </s> y\n" + "\n".join(lines[400:]), encoding="utf-8")
    return [*lines[:400], "x", "y", *lines[400:]]


CODE = """
    from pathlib import Path
    import numpy as np
    from cutaway.text.corpus.shards import encode_shards
    from cutaway.text import Corpus
    folder = Path(folder)
    texts = {
        "folder": folder / "texts",
        "one": folder / "texts" / "a.txt",
        "files": [folder / "texts" / "a.txt", folder / "texts" / "c.txt"],
        "lines": (folder / "lines.txt").read_text(encoding="utf-8").split("\\n"),
    }
    for name, source in texts.items():
        vocabulary, tokens = encode_shards(source, 2, comm=comm)
        np.savez(folder / f"{name}-{comm.rank}", tokens=tokens, words=vocabulary.words, counts=vocabulary.counts)
    own = folder / "part-{rank}.txt"
    vocabulary, tokens = encode_shards(own, 1, comm=comm)
    np.savez(folder / f"own-{comm.rank}", tokens=tokens, words=vocabulary.words, counts=vocabulary.counts)
    """


@needs_mpi
def test_ranks_have_the_vocabulary_of_one_process(rng, tmp_path):
    ranks, texts = 3, tmp_path / "texts"
    texts.mkdir()
    lines = write_texts(texts, rng)
    (tmp_path / "lines.txt").write_text("\n".join(lines), encoding="utf-8")
    parts = ["a b c\n", "", "c d\nd d d\n"]  # of rank 1 nothing
    for rank, part in enumerate(parts):
        (tmp_path / f"part-{rank}.txt").write_text(part, encoding="utf-8")
    succeeded(program(ranks, CODE, tmp_path))
    for name, source in (
        ("folder", texts),
        ("one", texts / "a.txt"),
        ("files", [texts / "a.txt", texts / "c.txt"]),
        ("lines", lines),
        ("own", "".join(parts).splitlines()),
    ):
        vocabulary, tokens = encode(Corpus(source), 1 if name == "own" else 2)
        found = [np.load(tmp_path / f"{name}-{rank}.npz") for rank in range(ranks)]
        assert np.concatenate([each["tokens"] for each in found]).tolist() == tokens.tolist(), name
        for each in found:
            assert each["words"].tolist() == vocabulary.words, name
            assert each["counts"].tolist() == vocabulary.counts.tolist(), name


@needs_mpi
def test_different_or_missing_files_are_an_error_on_every_rank(tmp_path):
    (tmp_path / "text.txt").write_text("a b\n" * 50, encoding="utf-8")
    code = """
        from pathlib import Path
        from cutaway.core.ranks import RankError
        from cutaway.text.corpus.shards import encode_shards
        for name in ("none.txt", "text.txt", "latin.txt"):
            path = Path(folder) / name
            if name == "text.txt":
                path = Path(folder) / f"own-{comm.rank}"
                path.write_text("a b\\n" * (comm.rank + 1))
            if name == "latin.txt" and comm.rank == 0:
                path.write_bytes(b"a b\\n" * 90 + b"caf\\xe9\\n" + b"c d\\n" * 5)
            comm.Barrier()
            try:
                encode_shards(path, 1, comm=comm)
            except (RankError, OSError, ValueError) as error:
                say(name, comm.rank, *str(error).split())
        """
    said = succeeded(program(2, code, tmp_path)).splitlines()
    assert sum(line.startswith("none.txt") and "no file" in line for line in said) == 2
    assert sum(line.startswith("text.txt") and "rank 0 has [4], rank 1 [8]" in line for line in said) == 2
    assert sum(line.startswith("latin.txt") and "byte 363" in line for line in said) == 2
