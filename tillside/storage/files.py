"""Files beside the database, named by their content: written aside, fsynced, renamed into place. A name that is there is whole."""

import contextlib
import os
import secrets
from hashlib import blake2b
from pathlib import Path

from msgspec import Struct

FOLDER = "attachments"


class Kept(Struct, frozen=True):
    """A file that is on disk; `digest` is its name."""

    digest: str
    size: int


def keep(data: Path, content: bytes) -> Kept:
    """Put a file on disk, once however often it comes, and see it and its name fsynced. Blocking: call it in a thread."""
    digest = blake2b(content, digest_size=24).hexdigest()
    target = path(data, digest)
    if target.exists():
        return Kept(digest, len(content))
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{digest}.{secrets.token_hex(6)}")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
        _sync(target.parent)
        _sync(target.parent.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()
    return Kept(digest, len(content))


def path(data: Path, digest: str) -> Path:
    """Where a file lies; two letters of its name make the folder, so that no folder grows without end."""
    return data / FOLDER / digest[:2] / digest


def drop(data: Path, digest: str) -> None:
    """Take a file away; nobody names it any more. Blocking."""
    with contextlib.suppress(FileNotFoundError):
        path(data, digest).unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
