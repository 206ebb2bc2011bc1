"""The project's own files, as git would take them: what the tests of the house read."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = ("tests/vendor/", "/vendor/", "/static/dist/", "LICENSE", "tests/fixtures/", "connectors/recipes/")
"""Written or built elsewhere: our rules of size and words do not apply."""


@cache
def files(*endings: str, under: str = "") -> tuple[Path, ...]:
    """Tracked and new files below `under` with one of the endings, without what is foreign."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(name for name in listed.stdout.split("\0") if name.startswith(under) and name.endswith(endings or ("",)))
    return tuple(ROOT / name for name in names if not any(part in name for part in FOREIGN) and (ROOT / name).is_file())


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Each line with its address, `path:number`."""
    for number, line in enumerate(text(path).splitlines(), 1):
        yield f"{name(path)}:{number}", line
