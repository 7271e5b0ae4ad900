"""The ring's schedule, and its files of cells, without MPI: who holds what when, and what one rank computes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.ext import dispatch
from cutaway.text import GloVe, encode
from cutaway.text.glove import cells, part_files, ring_training
from cutaway.text.glove.cooccurrence import PairCounter, whole
from cutaway.text.glove.ring import Ring
from cutaway.text.glove.training import MATRICES, given, steps
from planted import Alone, model, sentences


@pytest.fixture(scope="module")
def text():
    return encode(sentences(), 1)


@pytest.fixture(scope="module")
def folder(text, tmp_path_factory):
    """Files of parts, of the whole text."""
    vocabulary, tokens = text
    return model(Alone).write_cells([tokens], len(vocabulary), tmp_path_factory.mktemp("cells") / "cells")


def ring(size, rank, parts=8):
    return Ring(SimpleNamespace(size=size, rank=rank), parts)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_a_stratum_never_shares_a_part_and_all_of_them_train_each_block_once(size):
    trained = set()
    held = {rank: set(ring(size, rank).mine) for rank in range(size)}  # parts of contexts, at first
    for s in range(8):
        blocks = [(rank, a, (a + s) % 8) for rank in range(size) for a in ring(size, rank).mine]
        assert sorted(a for _, a, _ in blocks) == sorted(b for _, _, b in blocks) == list(range(8))
        assert all(b in held[rank] for rank, _, b in blocks), "a rank trains what it does not hold"
        trained |= {(a, b) for _, a, b in blocks}
        for rank in range(size):
            moving = (ring(size, rank).mine[0] + s) % 8
            assert moving == (ring(size, (rank - 1) % size).mine[-1] + 1 + s) % 8, "what comes is what leaves"
            held[rank].remove(moving)
            held[(rank - 1) % size].add(moving)
    assert len(trained) == 64
    assert held == {rank: set(ring(size, rank).mine) for rank in range(size)}


def test_there_are_as_many_parts_as_give_each_rank_two():
    assert [ring(size, 0, None).parts for size in (1, 3, 32, 33, 64, 65)] == [64, 64, 64, 128, 128, 256]


@pytest.mark.parametrize("weighted", [True, False])
def test_sums_of_shards_are_exact(text, weighted):
    """So it does not matter which rank counted what."""
    vocabulary, tokens = text

    def counted(shard):
        counter = PairCounter(len(vocabulary), 7, weighted=weighted, memory=0.01, scale=whole(7, weighted))
        counter.add(shard)
        found = np.zeros((len(vocabulary), len(vocabulary)))
        for some in counter.cells():
            found[some["word"], some["context"]] = some["x"]
        return found

    ends = np.flatnonzero(tokens == 0) + 1
    shards = np.split(tokens, [ends[3], ends[3], ends[100]])
    assert np.array_equal(sum(map(counted, shards)), counted(tokens))
    assert (counted(tokens) % 1 == 0).all()
    with dispatch.use("reference"):
        assert np.array_equal(
            counted(shards[2]), sum(map(counted, np.split(shards[2], [ends[30] - ends[3]])))
        )
        by_reference = counted(shards[2])
    assert np.array_equal(by_reference, counted(shards[2]))


def test_cells_are_those_of_one_process(text, folder, tmp_path):
    vocabulary, tokens = text
    paths = [part_files.path_of(folder, part) for part in range(64)]
    ours = np.concatenate([np.fromfile(path, cells.CELL) for path in paths])
    theirs = np.fromfile(model().write_cells([tokens], len(vocabulary), tmp_path / "cells"), cells.CELL)
    ours, theirs = (np.sort(each, order=["word", "context"]) for each in (ours, theirs))
    assert np.array_equal(ours[["word", "context"]], theirs[["word", "context"]])
    np.testing.assert_allclose(ours["x"], theirs["x"], rtol=1e-14)


def test_training_is_one_loop_over_the_cells_in_the_order_of_the_strata(text, folder):
    vocabulary, _ = text
    fitted = model(Alone).fit_cells(vocabulary, folder, progress=False)
    files, plain = part_files.PartFiles(folder, Ring(None), len(vocabulary) - 1), model().begin(vocabulary)
    order = np.concatenate([some for s in range(64) for a in range(64) for some in files.read(a, s)])
    costs = []
    for _ in range(plain.epochs):
        cost = steps(plain.options, plain.state)(*given(order, plain.options), 0, len(order))
        costs.append(cost / len(order))
    for name in MATRICES:
        assert np.array_equal(getattr(plain, name), getattr(fitted, name)), name
    assert costs == pytest.approx([entry["loss"] for entry in fitted.history], rel=1e-5)
    assert costs[-1] < 0.5 * costs[0]


def test_threads_and_memory_change_nothing(text, folder, monkeypatch):
    vocabulary, _ = text
    one = model(Alone).fit_cells(vocabulary, folder, progress=False)
    monkeypatch.setattr(cells, "in_memory", lambda gigabytes: 0)  # cells are read anew in each pass
    other = model(Alone, threads=3).fit_cells(vocabulary, folder, progress=False)
    assert np.array_equal(one.w, other.w)
    assert np.array_equal(one.c_squares, other.c_squares)


def test_a_part_larger_than_memory_becomes_the_same_file(folder, tmp_path):
    path = part_files.path_of(folder, 1)
    with open(tmp_path / "sorted", "w+b") as source:
        source.write(np.sort(np.fromfile(path, cells.CELL), order=["word", "context"]).data)
        for length in (1, 40, 1 << 20):
            part_files.write(source, 1, tmp_path, Ring(None), 1, length)
            assert part_files.path_of(tmp_path, 1).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("damage", ["order", "part", "size", "missing"])
def test_files_that_are_not_those_of_the_parts_are_noticed(damage, text, folder, tmp_path):
    for part in range(64):
        part_files.path_of(tmp_path, part).write_bytes(part_files.path_of(folder, part).read_bytes())
    path = part_files.path_of(tmp_path, 3)
    found = np.fromfile(path, cells.CELL)
    if damage == "order":
        found[::-1].tofile(path)
    elif damage == "part":
        found["word"][5] += 1
        found.tofile(path)
    elif damage == "size":
        path.write_bytes(path.read_bytes()[:-3])
    else:
        path.unlink()
    with pytest.raises((FileError, FileNotFoundError), match=r"part-03"):
        part_files.PartFiles(tmp_path, Ring(None), len(text[0]) - 1)


def test_what_ranks_began_goes_on_alone_and_other_cells_are_refused(text, folder, tmp_path):
    vocabulary, tokens = text
    begun = model(Alone, epochs=2).fit_cells(vocabulary, folder, progress=False)
    begun.save(tmp_path / "model")
    kept = GloVe.load(tmp_path / "model")
    assert kept.in_parts
    assert kept.text.startswith(ring_training.PARTED)
    kept.epochs = 5
    again = kept.resume_cells(folder, progress=False)
    assert np.array_equal(again.w, model(Alone).fit_cells(vocabulary, folder, progress=False).w)
    kept = GloVe.load(tmp_path / "model")
    kept.epochs = 5
    fewer = kept.write_cells([tokens[: len(tokens) // 2]], len(vocabulary), tmp_path / "cells")
    with pytest.raises(ValueError, match="not the cells"):
        kept.resume_cells(fewer, progress=False)
