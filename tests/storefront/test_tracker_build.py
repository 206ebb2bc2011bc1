"""The committed scripts: small enough, made from this source, and as the manifest says. Node is a required part."""

import base64
import gzip
import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from tests.storefront.peer import STATIC

STOREFRONT = Path(__file__).parents[2] / "storefront"
BUDGET_BYTES = 4096
BUILT = ["tracker.js", "quiet.js", "manifest.json"]


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


def test_the_committed_scripts_are_what_the_source_builds(tmp_path: Path) -> None:
    run("node", "build.mjs", str(tmp_path))
    for name in BUILT:
        assert (tmp_path / name).read_bytes() == (STATIC / name).read_bytes(), f"{name}: run npm run build"


def test_the_source_passes_the_strict_type_check() -> None:
    run("npm", "run", "--silent", "typecheck")


def test_the_manifest_names_the_bytes_that_are_served() -> None:
    manifest = json.loads((STATIC / "manifest.json").read_text())
    tracker = (STATIC / "tracker.js").read_bytes()
    assert manifest["integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(tracker).digest()).decode()
    assert manifest["file"] == f"tillside-{hashlib.sha256(tracker).hexdigest()[:12]}.js"
    assert manifest["version"] == json.loads((STOREFRONT / "package.json").read_text())["version"]


def test_modules_stay_small_and_nothing_is_needed_at_run_time() -> None:
    lines = {path.name: len(path.read_text().splitlines()) for path in (STOREFRONT / "tracker").glob("*.ts")}
    assert {name: count for name, count in lines.items() if count > 150} == {}
    assert "dependencies" not in json.loads((STOREFRONT / "package.json").read_text())


def test_the_lock_file_names_no_download_address() -> None:
    assert "resolved" not in (STOREFRONT / "package-lock.json").read_text()
