"""Everybody who reaches the desk can have the source of what answers them."""

import io
import zipfile
from pathlib import Path

import pytest
from starlette.applications import Starlette

import tillside
from tests.agent.visitor import Visitor
from tests.conftest import Store
from tests.support.source import ROOT
from tillside import app
from tillside.base import settings
from tillside.base.errors import Misconfigured

pytestmark = pytest.mark.anyio
ELSEWHERE = "https://code.fern.example/desk"


async def test_the_version_and_the_source_are_named_at_the_door_and_in_the_menu(house: Starlette, jonas: Visitor) -> None:
    for visitor, path in ((Visitor(house), "/sign-in"), (jonas, "/customers")):
        text = (await visitor.get(path)).text
        assert f"Tillside {tillside.__version__}" in text and 'href="/source">Source code</a>' in text, path


async def test_the_files_the_desk_runs_from_are_handed_out_to_anybody(house: Starlette) -> None:
    stranger = Visitor(house)
    page = (await stranger.get("/source")).text
    [path] = [part.partition('"')[0] for part in page.split('href="')[1:] if part.startswith("/source/")]
    answer = await stranger.get(path)
    assert answer.headers["content-disposition"].startswith("attachment")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    top = f"tillside-{tillside.__version__}/"
    for name in ("LICENSE", "pyproject.toml", "storefront/tracker/index.ts", "tillside/edges/agent/source.py", "tillside/demo/catalogue.json"):
        assert archive.read(top + name) == (ROOT / name).read_bytes()
    assert all(name.startswith(top) for name in archive.namelist())
    assert not [name for name in archive.namelist() if "node_modules" in name or "__pycache__" in name or "/data/" in name]


async def test_no_source_file_of_the_package_is_left_out(house: Starlette) -> None:
    answer = await Visitor(house).get(f"/source/tillside-{tillside.__version__}.zip")
    named = {name.partition("/")[2] for name in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()}
    kept = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tillside").rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert kept - named == set()


async def test_another_release_s_file_is_not_there(house: Starlette) -> None:
    assert (await Visitor(house).get("/source/tillside-9.9.zip")).status_code == 404


async def test_a_changed_desk_names_its_own_place(store: Store) -> None:
    built = app.build(settings.load({"TILLSIDE_SOURCE_URL": ELSEWHERE}, data=store.data, database=store.url))
    async with built.router.lifespan_context(built):
        assert f'href="{ELSEWHERE}"' in (await Visitor(built).get("/source")).text


@pytest.mark.parametrize("wrong", ["javascript:alert(1)", "code.fern.example", "https://a b"])
def test_a_place_that_is_no_address_is_refused_at_the_start(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="source_url"):
        settings.load({"TILLSIDE_SOURCE_URL": wrong}, data=tmp_path)
