"""The committed scripts: small enough, made from this source, and as the manifest says. Node is a required part."""

import base64
import gzip
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

import tillside
from tests.conftest import Store
from tests.storefront.peer import STATIC
from tests.support.process import ENTRY, Process

STOREFRONT = Path(__file__).parents[2] / "storefront"
BUDGET_BYTES = 4096
MESSENGER = STATIC.parents[1] / "messenger" / "static"
BUILT = [STATIC / name for name in ("tracker.js", "quiet.js", "manifest.json")]
BUILT += [MESSENGER / name for name in ("launcher.js", "panel.js", "panel.css", "manifest.json")]
LAUNCHER_BYTES, PANEL_BYTES = 6 * 1024, 60 * 1024


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=STOREFRONT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def _parts() -> None:
    if not (STOREFRONT / "node_modules").exists():
        run("npm", "ci", "--no-progress")


def test_the_tracker_is_within_its_size(capsys: pytest.CaptureFixture[str]) -> None:
    size = len(gzip.compress((STATIC / "tracker.js").read_bytes(), 9, mtime=0))
    with capsys.disabled():
        print(f" tracker.js {size} bytes gzip of {BUDGET_BYTES}", end=" ")
    assert size <= BUDGET_BYTES


def test_launcher_and_panel_are_within_their_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {name: len(gzip.compress((MESSENGER / name).read_bytes(), 9, mtime=0)) for name in ("launcher.js", "panel.js", "panel.css")}
    with capsys.disabled():
        print(f" {sizes} bytes gzip", end=" ")
    assert sizes["launcher.js"] <= LAUNCHER_BYTES
    assert sizes["panel.js"] + sizes["panel.css"] <= PANEL_BYTES


def test_the_messenger_names_its_files_by_their_content() -> None:
    files = json.loads((MESSENGER / "manifest.json").read_text())["files"]
    for name, named in files.items():
        assert hashlib.sha256((MESSENGER / name).read_bytes()).hexdigest()[:12] in named


def test_the_committed_scripts_are_what_the_source_builds(tmp_path: Path) -> None:
    run("node", "build.mjs", str(tmp_path))
    for built in BUILT:
        fresh = tmp_path / built.relative_to(STATIC.parents[1])
        assert fresh.read_bytes() == built.read_bytes(), f"{built.name}: run npm run build"


def test_the_source_passes_the_strict_type_check() -> None:
    run("npm", "run", "--silent", "typecheck")


def test_the_manifest_names_the_bytes_that_are_served() -> None:
    manifest = json.loads((STATIC / "manifest.json").read_text())
    tracker = (STATIC / "tracker.js").read_bytes()
    assert manifest["integrity"] == _integrity(tracker)
    assert manifest["file"] == f"tillside-{hashlib.sha256(tracker).hexdigest()[:12]}.js"
    assert manifest["version"] == json.loads((STOREFRONT / "package.json").read_text())["version"]


def test_every_version_of_the_desk_has_a_build_of_its_own() -> None:
    """Else a release could replace the bytes pages pinned without leaving them behind."""
    assert json.loads((STOREFRONT / "package.json").read_text())["version"] == tillside.__version__


def test_released_builds_are_the_bytes_their_names_promise() -> None:
    wrong = [path.name for path in (STATIC / "released").glob("*") if path.name != f"tillside-{_sha256(path)[:12]}.js"]
    assert wrong == []


def test_a_page_that_pinned_a_build_loads_it_after_an_update(tmp_path: Path, store: Store) -> None:
    """A desk of the next version, built as a release is built, serves the present build under its name, byte for byte."""
    shutil.copytree(STOREFRONT.parent / "tillside", tmp_path / "tillside", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(STOREFRONT, tmp_path / "storefront", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "storefront/node_modules").symlink_to(STOREFRONT / "node_modules")
    papers = tmp_path / "storefront/package.json"
    papers.write_text(json.dumps(json.loads(papers.read_text()) | {"version": "999.0.0"}))
    for _ in range(2):  # a second build of one version keeps what the first kept, and nothing of its own
        run("node", str(tmp_path / "storefront/build.mjs"))
    before = json.loads((STATIC / "manifest.json").read_text())
    entry = ("-P", "-c", ENTRY)  # not from the folder we stand in
    with Process(["serve", "--port", "0", *store.words], env={"PYTHONPATH": str(tmp_path)}, entry=entry) as desk:
        answer = httpx.get(f"{desk.url}/js/{before['file']}", trust_env=False)
        fresh = httpx.get(f"{desk.url}/js/tracking.js", trust_env=False)
        unknown = httpx.get(f"{desk.url}/js/tillside-000000000000.js", trust_env=False)
    assert _integrity(answer.content) == before["integrity"] and "immutable" in answer.headers["cache-control"]
    assert fresh.content.startswith(b"/*! Tillside 999.0.0") and fresh.content != answer.content
    assert unknown.headers["cache-control"] == "no-store" and b"/v3/t" not in unknown.content
    kept = [path.name for path in (tmp_path / "tillside/edges/capture/static/released").iterdir()]
    assert kept == [before["file"]]


def test_modules_stay_small_and_nothing_is_needed_at_run_time() -> None:
    folders = [STOREFRONT / name for name in ("tracker", "messenger", "messenger/launcher", "messenger/panel")]
    lines = {str(path.relative_to(STOREFRONT)): len(path.read_text().splitlines()) for folder in folders for path in folder.glob("*.ts")}
    assert {name: count for name, count in lines.items() if count > 150} == {}
    assert "dependencies" not in json.loads((STOREFRONT / "package.json").read_text())


def test_the_lock_file_names_no_download_address() -> None:
    assert "resolved" not in (STOREFRONT / "package-lock.json").read_text()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _integrity(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
