"""GloVe on ranks gives, to the bit, what one rank gives; what fails, stops or differs on one does so on all."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import GloVe, encode
from cutaway.text.glove.training import MATRICES
from mpiexec import needs_mpi, program, succeeded
from planted import Alone, model, sentences

PLANTED = f"""
    import sys
    sys.path.insert(0, {str(__import__("pathlib").Path(__file__).parent)!r})
    from pathlib import Path
    import numpy as np
    from cutaway.core.ranks import RankError
    from cutaway.text import GloVe, Vocabulary, encode
    from planted import model, sentences, shard
    vocabulary, tokens = encode(sentences(), 1)
    """


@pytest.fixture(scope="module")
def text():
    return encode(sentences(), 1)


@pytest.fixture(scope="module")
def alone(text):
    """What one rank gives."""
    return model(Alone).fit_tokens(*text, progress=False)


def run(size, code, folder):
    return program(size, PLANTED + code, folder)


def expect_result_of(alone, kept):
    for name in MATRICES:
        assert np.array_equal(getattr(kept, name), getattr(alone, name)), name
    losses = [[entry["loss"] for entry in each.history] for each in (alone, kept)]
    assert losses[0] == losses[1]


@needs_mpi
@pytest.mark.parametrize(("size", "threads"), [(2, 2), (3, 1)])
def test_all_ranks_have_the_numbers_of_one(size, threads, alone, tmp_path):
    """Of three shards one is empty."""
    code = f"""
    fitted = model(threads={threads}, comm=comm)
    fitted.fit_tokens(vocabulary, shard(tokens, comm.rank, comm.size), progress=False)
    fitted.comm = None  # so that each saves its own
    fitted.save(f"{{folder}}/model-{{comm.rank}}")
    """
    succeeded(run(size, code, tmp_path))
    kept = [GloVe.load(tmp_path / f"model-{rank}") for rank in range(size)]
    for each in kept:
        expect_result_of(alone, each)
        assert each.history == kept[0].history
    contexts, everything = 2 * alone.w.nbytes, 4 * alone.w.nbytes
    sent = [entry["bytes_sent"] for entry in kept[0].history]
    assert sent == [size * contexts] * 4 + [size * contexts + (size - 1) * everything]


@needs_mpi
def test_after_a_kill_fewer_ranks_go_on_with_the_files_of_more(alone, tmp_path):
    begin = """
    import os, signal
    def kept(model):
        if comm.rank == 0:
            model.save(folder + "/model")
        comm.Barrier()
        if model.epoch == 2 and comm.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
    begun = model(comm=comm)
    cells = begun.write_cells([shard(tokens, comm.rank, 3)], len(vocabulary), Path(folder) / "cells")
    begun.fit_cells(vocabulary, cells, progress=False, callbacks=[kept])
    """
    assert run(3, begin, tmp_path).returncode != 0
    assert GloVe.load(tmp_path / "model").epoch == 2
    go_on = """
    kept = GloVe.load(folder + "/model")
    kept.comm = comm
    kept.resume_cells(folder + "/cells", progress=False)
    if comm.rank == 0:
        kept.save(folder + "/model")
    """
    succeeded(run(2, go_on, tmp_path))
    expect_result_of(alone, GloVe.load(tmp_path / "model"))


@needs_mpi
def test_what_happens_on_one_rank_happens_on_all(tmp_path):
    code = """
    from cutaway.text.glove import part_files, ring_training
    own = shard(tokens, comm.rank, 3)

    def fails(kind, part, tokens, callbacks=(), **options):
        try:
            model(comm=comm, **options).fit_tokens(vocabulary, tokens, progress=False, callbacks=callbacks)
        except Exception as error:
            assert isinstance(error, kind), repr(error)
            assert part in str(error), error
            assert error.known_to_all
        else:
            raise AssertionError(part)

    fails(ValueError, "no pair to train on", np.zeros(comm.rank, np.int32))
    fails(RankError, "ranks differ in options", own, eta=0.05 if comm.rank == 2 else 0.1)
    other = Vocabulary([*vocabulary.words[:-1], f"w{comm.rank}000"], vocabulary.counts)
    try:
        model(comm=comm).fit_tokens(other, own, progress=False)
    except RankError as error:
        assert "ranks differ in check sum of the words: rank 0 has" in str(error), error
    else:
        raise AssertionError("other words")
    fails(FloatingPointError, "lower eta", own, eta=100.0, clip=1e30, epochs=50)

    def full(model):
        if comm.rank == 0 and model.epoch == 2:
            raise OSError("disk is full")

    fails(OSError if comm.rank == 0 else RankError, "disk is full", own, callbacks=[full])

    def cannot_write(*given):
        raise OSError("no space left")
    write = part_files.write
    if comm.rank == 2:
        part_files.write = cannot_write
    fails(OSError if comm.rank == 2 else RankError, "no space left", own)
    part_files.write = write

    def damaged(a, s):
        raise OSError("cannot read")
    read = ring_training.RingTraining._read
    if comm.rank == 1:
        ring_training.RingTraining._read = lambda self, a, s: damaged(a, s)
    ring_training.cells.in_memory = lambda gigabytes: 0  # read in each pass, in the midst of the ring
    fails(OSError if comm.rank == 1 else RankError, "cannot read", own)
    ring_training.RingTraining._read = read

    def stop(model):
        model.stop = comm.rank == 2 and model.epoch == 3
    stopped = model(comm=comm).fit_tokens(vocabulary, own, progress=False, callbacks=[stop])
    assert stopped.epoch == 3
    assert len(set(comm.allgather(stopped.w.tobytes()))) == 1
    say("well")
    """
    assert succeeded(run(3, code, tmp_path)).count("well") == 3
