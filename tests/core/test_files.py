"""Files are replaced whole: permissions, links, kills, full disks, and what is no file."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cutaway.core.files import replacing, together

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions, links and signals of POSIX")


def write(path, text="new"):
    with replacing(path, "w") as file:
        file.write(text)


def fails(path, error):
    with replacing(path) as file:
        file.write(b"half")
        raise error


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_an_old_file_keeps_its_permissions_and_owner(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12, 34)
    before = path.stat()
    write(path)
    after = path.stat()
    assert path.read_text() == "new"
    assert mode_of(path) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_a_new_file_has_the_permissions_of_any_other(tmp_path):
    (tmp_path / "other").write_text("")
    write(tmp_path / "x")
    assert mode_of(tmp_path / "x") == mode_of(tmp_path / "other")


def test_the_umask_is_not_touched(tmp_path, monkeypatch):
    """It belongs to all threads: set to 0 for a moment, another one's files would be open to all."""
    changes: list[int] = []
    monkeypatch.setattr(os, "umask", changes.append)
    write(tmp_path / "x")
    assert changes == []


@pytest.mark.parametrize("target", ["old", "dangling"])
def test_a_symbolic_link_stays_and_leads_to_the_new_content(tmp_path, target):
    (tmp_path / "inside").mkdir()
    if target == "old":
        (tmp_path / "inside" / "old").write_text("old")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "inside" / target)
    write(link)
    assert link.is_symlink()
    assert (tmp_path / "inside" / target).read_text() == "new"


def test_no_device_pipe_or_folder_is_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "pipe", tmp_path / "folder", Path("/dev/null"), tmp_path / "none" / "x"):
        before = path.lstat() if path.exists() else None
        with pytest.raises(OSError, match=f"cannot write {path}: (it is a|there is no)"):
            write(path)
        if before is not None:
            assert path.lstat().st_ino == before.st_ino


@pytest.mark.parametrize("name", ["x", "with [glob] *?", "é" * 100, "." + "n" * 200])
def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path, name):
    path = tmp_path / name
    path.write_text("old")
    program = (
        "import sys, time\nfrom cutaway.core.files import replacing\n"
        "with replacing(sys.argv[1], 'w') as file:\n"
        "    file.write('half'); file.flush(); print('ready', flush=True); time.sleep(60)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"ready\n"
    write(path, "from another")  # the other still writes: its file stays
    assert len(list(tmp_path.iterdir())) == 2
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert path.read_text() == "from another"
    write(path)
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert path.read_text() == "new"


def test_threads_that_write_one_file_do_not_remove_each_others(tmp_path):
    path, errors = tmp_path / "x", []

    def many(letter):
        try:
            for _ in range(50):
                write(path, letter * 100)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=many, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert path.read_text() in {letter * 100 for letter in "abcd"}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_told_with_the_files_name_and_loses_nothing(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as a write raises it: without a name
    with pytest.raises(OSError, match=f"No space left on device: '{path}'") as caught:
        fails(path, full)
    assert caught.value.errno == errno.ENOSPC
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_files_that_belong_together_appear_together(tmp_path):
    first, second = tmp_path / "model.bin", tmp_path / "model.vec"
    with together():
        write(first, "1")
        assert not first.exists()
        write(second, "1")
    assert (first.read_text(), second.read_text()) == ("1", "1")

    def fails_after_the_first():
        with together():
            write(first, "2")
            write(tmp_path / "no" / "such", "2")

    with pytest.raises(FileNotFoundError):
        fails_after_the_first()
    assert (first.read_text(), second.read_text()) == ("1", "1")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("step", range(5))
def test_killed_while_they_appear_no_new_one_stands_beside_an_old_one(tmp_path, step):
    """Whatever step the process does not live to make."""
    paths = [tmp_path / name for name in ("model.bin", "model.vec", "model.out")]
    for path in paths:
        path.write_text("old")
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom cutaway.core import files\n"
        "left = [int(sys.argv[1])]\n"
        "def counted(f):\n"
        "    def call(*a, **k):\n"
        "        if left[0] == 0: os._exit(9)\n"
        "        left[0] -= 1\n"
        "        return f(*a, **k)\n"
        "    return call\n"
        "with files.together():\n"
        "    for path in sys.argv[2:]:\n"
        "        with files.replacing(path, 'w') as file: file.write('new')\n"
        "    Path.unlink, os.replace = counted(Path.unlink), counted(os.replace)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(step), *map(str, paths)], check=False)
    assert done.returncode == 9
    found = {path.read_text() for path in paths if path.exists()}
    assert len(found) == 1
    with together():
        for path in paths:
            write(path)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"new"}
    assert len(list(tmp_path.iterdir())) == 3
