"""A backup as one file: a tar.gz with a manifest first, whose checksums are compared before anything is put back."""

import gzip
import io
import os
import tarfile
import zlib
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path

import msgspec
from msgspec import Struct

import tillside
from tillside.base.errors import Refused
from tillside.storage.copies import Copied

_MANIFEST = "manifest.json"
_MODE = 0o600


class Part(Struct, frozen=True):
    size: int
    sha256: str


class Manifest(Struct, frozen=True):
    """What the file holds. `schema`: the newest migration of each store; `copied` only for PostgreSQL."""

    kind: str
    release: str
    made_at: str
    schema: dict[str, int]
    parts: dict[str, Part]
    copied: Copied | None = None


def pack(folder: Path, target: Path, *, kind: str, made_at: str, schema: Mapping[str, int], copied: Copied | None) -> Manifest:
    """Every file of a folder into one; it appears under its name only when it is whole and on disk."""
    parts = {path.name: _part(path) for path in sorted(folder.iterdir())}
    manifest = Manifest(kind, tillside.__version__, made_at, dict(schema), parts, copied)
    aside = target.with_name(target.name + ".part")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=3) as tar:
            _add(tar, _MANIFEST, msgspec.json.encode(manifest))
            for name in parts:
                tar.add(folder / name, arcname=name, filter=_plain)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(target)
    sync_folder(target.parent)
    return manifest


def unpack(source: Path, folder: Path) -> Manifest:
    """The parts of a backup into a folder, each compared with its checksum and on disk. Raises Refused when it is not whole."""
    try:
        with gzip.open(source) as whole, tarfile.open(fileobj=whole, mode="r:") as tar:
            manifest = _manifest(tar, source)
            while (member := tar.next()) is not None:
                if member.name not in manifest.parts or not member.isreg():
                    raise Refused(f"{source} holds {member.name}, which belongs to no backup.")
                _extract(tar, member, folder / member.name)
            while whole.read(1 << 20):  # to the end: there the file compares its own sum
                pass
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, msgspec.MsgspecError) as error:
        raise Refused(f"{source} cannot be read as a backup: {error}") from error
    for name, part in manifest.parts.items():
        if not (folder / name).exists() or _part(folder / name) != part:
            raise Refused(f"{source} is damaged: {name} is not what was backed up.", hint="Use another backup.")
    return manifest


def sync_folder(folder: Path) -> None:
    """Make names given in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _manifest(tar: tarfile.TarFile, source: Path) -> Manifest:
    first = tar.next()
    content = tar.extractfile(first) if first is not None and first.name == _MANIFEST else None
    if content is None:
        raise Refused(f"{source} is not a backup of Tillside.")
    return msgspec.json.decode(content.read(), type=Manifest)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    content = tar.extractfile(member)
    assert content is not None
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
        while block := content.read(1 << 20):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def _part(path: Path) -> Part:
    with path.open("rb") as file:
        return Part(path.stat().st_size, file_digest(file, "sha256").hexdigest())


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), _MODE
    tar.addfile(member, io.BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of this machine's accounts travels along."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = _MODE
    return member
