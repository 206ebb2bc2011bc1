"""Who serves a data folder: a lock the serving process holds until it ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tillside.base.errors import Misconfigured

FILE = "serving.lock"
UNFINISHED = "restore.unfinished"


@contextmanager
def serving(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold the folder while serving; `alone` (SQLite) bears no second server. Raises Misconfigured when it is held otherwise."""
    if (folder / UNFINISHED).exists():
        raise Misconfigured(f"A restore into {folder} was interrupted, so its files may not belong together. Run tillside restore again.")
    with _held(folder, fcntl.LOCK_EX if alone else fcntl.LOCK_SH) as is_ours:
        if not is_ours:
            raise Misconfigured(f"Another process serves {folder}. Stop it first, or run several processes with PostgreSQL and --workers.")
        yield


@contextmanager
def stopped(folder: Path) -> Iterator[bool]:
    """Whether nobody serves this folder; while the context lasts, nobody can begin to."""
    with _held(folder, fcntl.LOCK_EX) as is_ours:
        yield is_ours


def is_served(folder: Path) -> bool:
    """Whether somebody serves this folder at this moment."""
    if not (folder / FILE).exists():
        return False
    with _held(folder, fcntl.LOCK_EX) as is_ours:
        return not is_ours


@contextmanager
def _held(folder: Path, kind: int) -> Iterator[bool]:
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
