"""Writing files so that nothing is ever lost: beside, flushed to disk, then renamed over the old one."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows: what a killed process left beside stays there
    fcntl = None


_waiting: ContextVar[list[tuple[Path, Path]] | None] = ContextVar("waiting", default=None)


@contextmanager
def replacing(path: str | os.PathLike, mode: str = "wb") -> Iterator[IO]:
    """Open a file beside ``path``; on success it replaces ``path`` in one step, on any error it vanishes.

    A reader, or a process that starts after a crash, finds either the old content or the new, never a part.
    The new file has the old one's permissions and owner; behind a symbolic link the file that it leads to is
    replaced.  What a killed process had left beside is removed.

    Raises
    ------
    OSError : the folder does not exist, ``path`` is no regular file (a folder, a device, a pipe), or the disk
        is full: the message names the file.
    """
    expect_regular(path)
    target = Path(os.path.realpath(path))
    _remove_left_over(target)
    beside = target.with_name(f".{target.name[:60]}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with os.fdopen(handle, mode, encoding=None if "b" in mode else "utf-8") as file:
            if fcntl:
                fcntl.flock(
                    file, fcntl.LOCK_EX | fcntl.LOCK_NB
                )  # until it is closed, or the process is killed
            yield file
            file.flush()
            os.fsync(file.fileno())
            _take_after(target, beside)
        waiting = _waiting.get()
        if waiting is None:
            os.replace(beside, target)
        else:
            waiting.append((beside, target))
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename is None:  # from a write
            raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
        raise


@contextmanager
def together() -> Iterator[None]:
    """Let all files that `replacing` writes inside appear at the end, and none if there is an error.

    For files that belong together: a process that is killed while they appear leaves the first one alone,
    old or new, never one of the new beside one of the old.
    """
    written: list[tuple[Path, Path]] = []
    before = _waiting.set(written)
    try:
        yield
        for _, target in written[1:]:
            target.unlink(missing_ok=True)
        for beside, target in written:
            os.replace(beside, target)
    finally:
        _waiting.reset(before)
        for beside, _ in written:
            beside.unlink(missing_ok=True)


@contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """A folder for large temporary files; those that killed processes have left are removed first."""
    for left in Path(tempfile.gettempdir()).glob(f"{name}-*-*"):
        process = left.name[len(name) + 1 :].partition("-")[0]
        if fcntl is not None and process.isdecimal() and not _lives(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{name}-{os.getpid()}-") as folder:
        yield Path(folder)


def expect_regular(path: str | os.PathLike, asked_by: str = "") -> None:
    """Raise OSError if ``path`` cannot become a file, in the words of who asked; nothing is touched."""
    target = Path(os.path.realpath(path))
    named = f"{asked_by} {path}" if asked_by else f"cannot write {path}"
    if not target.parent.is_dir():
        folder = target.parent if os.path.islink(path) else Path(path).parent
        raise FileNotFoundError(f"{named}: there is no folder {folder}; create it first")
    if target.is_dir():
        raise IsADirectoryError(f"{named}: it is a folder; expected the name of a file")
    if target.exists() and not target.is_file():
        raise OSError(f"{named}: it is a device or a pipe; expected the name of a file")


def _take_after(old: Path, new: Path) -> None:
    """Give ``new`` the permissions and, as far as one may, the owner of ``old``, if there is one."""
    with suppress(FileNotFoundError):
        before = os.stat(old)
        with suppress(AttributeError, PermissionError):
            os.chown(new, before.st_uid, before.st_gid)
        os.chmod(new, stat.S_IMODE(before.st_mode))


def _remove_left_over(target: Path) -> None:
    """Remove files that processes wrote beside ``target`` which are no more."""
    for left in target.parent.glob(f".{_literal(target.name[:60])}.*-*.part"):
        process = left.name.removesuffix(".part").rpartition(".")[2].partition("-")[0]
        with suppress(OSError, ValueError):
            if fcntl is None or _lives(int(process)):
                continue
            with open(left, "rb") as file:
                fcntl.flock(
                    file, fcntl.LOCK_EX | fcntl.LOCK_NB
                )  # refused if it is written from another machine
                left.unlink()


def _literal(name: str) -> str:
    """Return a name with what means something to `glob` made plain."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
