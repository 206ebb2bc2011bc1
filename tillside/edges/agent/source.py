"""The source of the running desk: a page that says how to get it, and the files themselves (AGPL-3.0, section 13)."""

import asyncio
import io
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

import tillside
from tillside.agents.access import Act
from tillside.base.errors import Unknown
from tillside.edges.agent import guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http import answers
from tillside.edges.http.routes import Guarded

PACKAGE = Path(tillside.__file__).parent
NAME = f"tillside-{tillside.__version__}"
_BESIDE = (
    *("LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml"),
    *("docs", "requirements", "scripts", "storefront"),
)
"""What a checkout has beside the package; never more of the folder, which may hold somebody's data."""
_KINDS = frozenset(
    {".py", ".html", ".css", ".js", ".mjs", ".ts", ".rb", ".php", ".svg", ".png", ".txt", ".md", ".json", ".sql", ".toml", ".typed", ""}
)
_SKIPPED = frozenset({"__pycache__", "node_modules"})
_DAY = (1980, 1, 1, 0, 0, 0)


def routes() -> list[Guarded]:
    return [guard.page("/source", show, allow=Act.PUBLIC), guard.asset("/source/{file}", download)]


async def show(visit: Visit) -> Response:
    """``GET /source``, for everybody who can reach the desk."""
    return visit.page("source.html", file=f"{NAME}.zip")


async def download(request: Request) -> Response:
    """``GET /source/tillside-0.1.0.zip``."""
    if request.path_params["file"] != f"{NAME}.zip":
        return answers.refusal(Unknown("There is no such file. The page /source links to the one of this release."))
    body = await asyncio.to_thread(packed)
    headers = {"Content-Disposition": f'attachment; filename="{NAME}.zip"', "Cache-Control": "no-cache"}
    return Response(body, headers=headers, media_type="application/zip")


@cache
def packed() -> bytes:
    """The files this process runs from, with the licence; packed once, the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(_contents()):
            archive.writestr(zipfile.ZipInfo(f"{NAME}/{name}", _DAY), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _contents() -> Iterator[tuple[str, bytes]]:
    root = PACKAGE.parent
    for path in _files(PACKAGE):
        yield path.relative_to(root).as_posix(), path.read_bytes()
    if not (root / "pyproject.toml").is_file():
        yield from _installed()
        return
    for name in _BESIDE:
        for path in _files(root / name):
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _installed() -> Iterator[tuple[str, bytes]]:
    """What an installed package keeps of its papers."""
    for file in metadata.files("tillside") or []:
        if file.parent.name == "licenses" or file.name == "METADATA":
            yield file.name, file.read_binary()


def _files(place: Path) -> Iterator[Path]:
    """The text files of a folder, or the one file."""
    found = place.rglob("*") if place.is_dir() else [place]
    return (path for path in found if path.is_file() and path.suffix in _KINDS and not _SKIPPED & set(path.parts))
