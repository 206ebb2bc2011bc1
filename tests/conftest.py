"""The ground of every test: which store the suite runs on, a real browser, and no way to skip.

`TILLSIDE_TEST_DATABASE=sqlite|postgres` chooses the store; `TILLSIDE_TEST_IDS=FILE` receives the collected test ids,
`TILLSIDE_TEST_FAILED=FILE` those that were red.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support import browser as browsers
from tests.support.postgres import Cluster, alone
from tests.support.served import Served, Tenant, serving
from tillside import stores
from tillside.agents import agent
from tillside.base.settings import load
from tillside.storage import migrate
from tillside.storage.dialect import Name
from tillside.storage.postgres import PostgresDatabase

KIND = cast(Name, os.environ.get("TILLSIDE_TEST_DATABASE", "sqlite"))
MISSED = ("skipped", "xfailed", "xpassed")

settings.register_profile("suite", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
expect.set_options(timeout=browsers.PATIENCE_MS)


@dataclass(frozen=True)
class Store:
    """Where one test's desk keeps its facts: a data folder, and for PostgreSQL also a database of its own."""

    kind: Name
    data: Path
    url: str | None

    @property
    def words(self) -> list[str]:
        """The same as words of the command line."""
        return ["--data", str(self.data), *(["--database", self.url] if self.url else [])]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def true_hasher() -> Iterator[PasswordHasher]:
    """Passwords are hashed at a small cost, since the true one (0.15 s of work each) made a tenth of the suite; yields the true one."""
    true = agent._hasher()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agent, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield true


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    running = Cluster()
    try:
        running.start()
        running.prepare(migrate_template)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SQLite files at the schema of this release, to copy: migrating anew is fifteen waits for the disk."""
    data = tmp_path_factory.mktemp("template")
    alone(_make_files(data))
    return data


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store without a workspace, of the kind this run is about, already at the schema of this release."""
    data = tmp_path / "desk"
    if KIND == "sqlite":
        shutil.copytree(request.getfixturevalue("template"), data)
        yield Store(KIND, data, None)
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    yield Store(KIND, data, cluster.url(name))
    cluster.give_back(name)


@pytest.fixture(scope="module")
def module_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The same for a whole test file, where each test makes a workspace of its own."""
    data = tmp_path_factory.mktemp("desk")
    if KIND == "sqlite":
        yield Store(KIND, data, None)
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    yield Store(KIND, data, cluster.url(name))
    cluster.give_back(name)


@pytest.fixture(scope="module")
def served(module_store: Store) -> Iterator[Served]:
    """A desk behind a port, one for a test file; no limit per address or REST key, so that tests do not wait for each other."""
    settings = load({}, data=module_store.data, database=module_store.url, address_requests_per_second=0, key_events_per_second=0)
    with serving(settings) as running:
        yield running


@pytest.fixture
def tenant(served: Served) -> Tenant:
    """A workspace with a connected shop and a REST key."""
    return served.tenant()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium per test file: a file has either browser journeys or async tests, never both."""
    with browsers.chromium() as running:
        yield running


@pytest.fixture
def problems() -> Iterator[browsers.Problems]:
    heard = browsers.Problems()
    yield heard
    heard.check()


@pytest.fixture
def context(browser: Browser, problems: browsers.Problems) -> Iterator[BrowserContext]:
    """Fresh cookies and storage; every page opened in it is listened to."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    fresh.set_default_timeout(browsers.PATIENCE_MS)
    fresh.on("page", problems.watch)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def pytest_configure(config: pytest.Config) -> None:
    if KIND not in ("sqlite", "postgres"):
        raise pytest.UsageError(f"TILLSIDE_TEST_DATABASE is {KIND!r}; sqlite or postgres")


def pytest_report_header(config: pytest.Config) -> str:
    return f"store: {KIND}"


def pytest_collection_finish(session: pytest.Session) -> None:
    if path := os.environ.get("TILLSIDE_TEST_IDS"):
        Path(path).write_text("".join(f"{item.nodeid}\n" for item in session.items), encoding="utf-8")


def migrate_template(url: str) -> None:
    alone(_bring_up(url))


async def _bring_up(url: str) -> None:
    database = await PostgresDatabase.open(url)
    await migrate.bring_up(database, "desk")
    await migrate.bring_up(database, "log")
    await database.close()


async def _make_files(data: Path) -> None:
    desk, log = await stores.open_stores(load({}, data=data))
    for database, name in ((desk, "desk"), (log, "log")):
        await migrate.bring_up(database, name)
        await database.close()


def _not_run(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return sum(len(reporter.stats.get(word, ())) for word in MISSED) if reporter else 0


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped proves nothing: the run is not green."""
    if _not_run(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if path := os.environ.get("TILLSIDE_TEST_FAILED"):
        red = [report.nodeid for word in ("failed", "error") for report in terminalreporter.stats.get(word, ())]
        Path(path).write_text("".join(f"{one}\n" for one in dict.fromkeys(red)), encoding="utf-8")
    if missed := _not_run(terminalreporter.config):
        terminalreporter.write_line(f"{missed} tests did not really run; a skipped or expected failure counts as a failure here.", red=True)
