"""The backup's file itself: whatever byte of it is bent, it is refused."""

import gzip
import random
import zlib
from pathlib import Path

import pytest

from tillside.base.errors import Refused
from tillside.cli import archive

_HEADER = 10  # of gzip: when and on which system it was made, which nobody reads


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    folder = tmp_path / "parts"
    folder.mkdir()
    chance = random.Random(7)
    for number in range(4):
        (folder / f"part-{number}").write_bytes(chance.randbytes(100) + bytes(3000))
    target = tmp_path / "backup"
    archive.pack(folder, target, kind="sqlite", made_at="2026-01-01", schema={"desk": 1}, copied=None)
    return target


def test_a_whole_file_comes_out_as_it_went_in(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert set(archive.unpack(packed, tmp_path / "out").parts) == {path.name for path in (tmp_path / "out").iterdir()}


def test_a_file_with_one_bent_byte_is_refused_wherever_it_is(packed: Path, tmp_path: Path) -> None:
    whole, bent = packed.read_bytes(), tmp_path / "bent"
    for place in range(_HEADER, len(whole)):
        bent.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        if _unpacked(bent.read_bytes()) == gzip.decompress(whole):
            continue  # another way to say the same zeros
        out = tmp_path / f"out-{place}"
        out.mkdir()
        with pytest.raises(Refused):
            archive.unpack(bent, out)


def _unpacked(content: bytes) -> bytes | None:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return None
