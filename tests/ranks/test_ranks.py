"""What fails on one rank fails on all, and messages name the rank."""

from __future__ import annotations

import sys

import pytest
from cutaway.core import ranks
from mpiexec import needs_mpi, program, succeeded


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in ranks.LAUNCHED:
        monkeypatch.delenv(name, raising=False)


def test_a_process_alone_has_no_communicator(monkeypatch):
    assert not ranks.launched()
    assert ranks.world() is None
    assert ranks.speaks(None)
    monkeypatch.setenv("PMI_SIZE", "1")
    assert ranks.world() is None


def test_a_process_may_be_told_to_work_alone(monkeypatch):
    monkeypatch.setenv("PMI_SIZE", "4")
    assert ranks.launched()
    assert ranks.world(wanted=False) is None


def test_commands_that_are_not_made_for_ranks_work_alone(monkeypatch):
    from cutaway import __main__ as front

    monkeypatch.setenv("PMI_SIZE", "4")
    found = []
    for name in ("kernels", "crf", "transfer"):
        command = front.import_module(f".commands.{front.COMMANDS[name]}", front.__package__)
        monkeypatch.setattr(command, "add_arguments", lambda parser: None)
        monkeypatch.setattr(command, "run", lambda arguments: found.append(ranks.world()) or 0)
        assert front.main([name]) == 0
    assert found == [None, None, None]
    assert {*front.TOGETHER} <= {*front.COMMANDS}


def test_without_mpi4py_ranks_are_an_error_not_four_equal_trainings(monkeypatch):
    monkeypatch.setenv("PMI_SIZE", "4")
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match=r"mpiexec started several .*\n.*cutaway\[mpi\]"):
        ranks.world()


def test_alone_an_error_is_the_error():
    with pytest.raises(KeyError, match="x"), ranks.together(None):
        raise KeyError("x")


@needs_mpi
@pytest.mark.parametrize("size", [2, 3])
def test_an_error_of_one_rank_is_raised_on_all(size, tmp_path):
    code = """
        from cutaway.core.ranks import RankError, together
        try:
            with together(comm):
                if comm.rank == 1:
                    raise OSError("disk is full")
        except OSError as error:
            assert comm.rank == 1 and error.known_to_all, error
        except RankError as error:
            assert comm.rank != 1 and "rank 1 of" in str(error) and "disk is full" in str(error), error
        else:
            raise AssertionError(comm.rank)
        with together(comm):
            pass
        say("well")
        """
    assert succeeded(program(size, code, tmp_path)).count("well") == size


@needs_mpi
def test_an_error_nobody_knows_of_ends_all_ranks(tmp_path):
    code = """
        from cutaway.core.ranks import ending_together
        with ending_together(comm):
            if comm.rank == 1:
                raise ValueError("not a number: x")
            comm.Barrier()
        """
    done = program(3, code, tmp_path)
    assert done.returncode != 0
    assert "rank 1 of 3" in done.stderr
    assert "not a number: x" in done.stderr


@needs_mpi
def test_values_that_differ_are_an_error_that_names_the_rank(tmp_path):
    code = """
        from cutaway.core.ranks import RankError, expect_same, world
        assert world().size == comm.size
        expect_same(comm, version="1.0")
        try:
            expect_same(comm, number_of_rows=5 + (comm.rank == 2))
        except RankError as error:
            assert "number of rows: rank 0 has 5, rank 2 6" in str(error), error
            say("well")
        """
    assert succeeded(program(3, code, tmp_path)).count("well") == 3


@needs_mpi
def test_a_killed_rank_ends_the_others_and_is_known_by_its_process(tmp_path):
    code = """
        import os, signal
        from cutaway.core.ranks import introduce
        introduce(comm)
        comm.Barrier()
        if comm.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        comm.Barrier()
        """
    done = program(2, code, tmp_path)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    process = said.split(", 1 is PID ")[1].split()[0]
    assert f"PID {process} RUNNING AT" in said
