"""``mpiexec -n N cutaway glove``: the files of one rank whatever N is, also after a kill; mistakes end all ranks."""

from __future__ import annotations

import subprocess

import pytest
from cutaway.__main__ import main
from cutaway.text import WordVectors
from mpiexec import needs_mpi, program, run, succeeded
from planted import sentences

OPTIONS = "-min-count 2 -window-size 4 -vector-size 6 -iter 4 -x-max 10 -memory 0.01 -verbose 0 -binary 2"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A text, whole and as two files of unequal length."""
    monkeypatch.chdir(tmp_path)
    lines = [" ".join(words) + "\n" for words in sentences()]
    for name, part in (("text", lines), ("part-0", lines[:30]), ("part-1", lines[30:]), ("odd-0", [])):
        (tmp_path / name).write_text("".join(part), encoding="utf-8")
    (tmp_path / "work").mkdir()
    return tmp_path


def glove(size, folder, train, save, more=""):
    """Run the command on so many ranks."""
    paths = f"-train {folder / train} -save-file {folder / save}"
    return run(size, "-m", "cutaway", "glove", *f"{paths} {OPTIONS} {more}".split())


KILLED = """
    import os, signal
    from cutaway.__main__ import main
    from cutaway.text import GloVe
    os.chdir(folder)
    save = GloVe.save
    def killed(model, path):
        if model.epoch == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        save(model, path)
    GloVe.save = killed
    main("glove -train text -save-file a -work work {options}".split())
    """


@needs_mpi
def test_a_killed_run_goes_on_in_one_process_and_gives_the_same_files(folder):
    assert program(2, KILLED.format(options=OPTIONS), folder).returncode != 0
    assert not (folder / "a.bin").exists()
    cells = {path.name: path.stat().st_mtime_ns for path in (folder / "work" / "cells-64").iterdir()}
    assert len(cells) == 64
    assert main(f"glove -train text -save-file a -work work {OPTIONS}".split()) == 0
    assert cells == {path.name: path.stat().st_mtime_ns for path in (folder / "work" / "cells-64").iterdir()}
    succeeded(glove(2, folder, "part-{rank}", "b"))
    assert (folder / "a.bin").read_bytes() == (folder / "b.bin").read_bytes()
    assert (folder / "a.txt").read_bytes() == (folder / "b.txt").read_bytes()
    assert main(f"glove -train text -save-file c {OPTIONS}".split()) == 0
    assert WordVectors.load(folder / "a.txt").words == WordVectors.load(folder / "c.txt").words
    assert (folder / "a.bin").read_bytes() != (folder / "c.bin").read_bytes(), "cells in another order"


@needs_mpi
@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ("-input-file cells.bin", "expected -train FILE"),
        ("-train odd-{rank}", "rank 1 of 2"),
        ("-train text -eta 100 -grad-clip 1e30 -verbose 0 -iter 50 -min-count 1", "lower -eta"),
    ],
)
def test_mistakes_end_all_ranks(flags, complaint, folder):
    code = f"""
    import sys
    from cutaway.__main__ import main
    os.chdir(folder)
    sys.exit(main("glove {flags}".split()))
    """
    done: subprocess.CompletedProcess[str] = program(2, code, folder)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert not list(folder.glob("vectors*"))


@needs_mpi
def test_processes_may_work_alone(folder):
    """Each trains the whole text: what two programs started by one mpiexec would do."""
    succeeded(glove(2, folder, "text", "a", "-mpi 0 -threads 1"))
    assert main(f"glove -train text -save-file c -work work {OPTIONS}".split()) == 0
    assert (folder / "a.bin").read_bytes() == (folder / "c.bin").read_bytes()
    again = glove(2, folder, "text", "d", f"-work {folder / 'work'}")
    assert again.returncode != 0
    assert "what began in one process goes on in one process" in again.stderr
