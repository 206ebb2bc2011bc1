"""The ground itself: if these fail, no other result means anything."""

from collections.abc import Iterator

import asyncpg
import pytest
from playwright.sync_api import Page

from tests.conftest import Store
from tests.support import axe
from tests.support.browser import Problems, no_overflow
from tests.support.postgres import Cluster, alone
from tillside import stores
from tillside.agents import workspace
from tillside.base.settings import load

HEAD = "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1>"
CALM = HEAD + "<p>All is well.</p></main>"
WIDE = HEAD + "<div style='width:400px'>wide</div></main>"
SCROLLER = HEAD + "<div style='overflow-x:auto'><div style='width:900px'>table</div></div></main>"


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """A cluster with a template; its own, so that this file proves the same on both runs."""
    running = Cluster()
    try:
        running.start()
        running.prepare(_with_a_table)
        yield running
    finally:
        running.stop()


@pytest.mark.parametrize("turn", ("first", "second"))
def test_every_test_gets_a_store_of_its_own(store: Store, turn: str) -> None:
    assert (store.url is not None) == (store.kind == "postgres")
    assert alone(_move_in(store)) == 1


def test_every_database_is_a_copy_of_the_template_and_nothing_else(own_cluster: Cluster) -> None:
    first, second = own_cluster.create(), own_cluster.create()
    _run(own_cluster.url(first), "insert into thing values (1)")
    assert _run(own_cluster.url(first), "select count(*) from thing") == 1
    assert _run(own_cluster.url(second), "select count(*) from thing") == 0


@pytest.mark.parametrize(
    "deed",
    (
        "insert into thing values (1)",
        "create index by_id on thing (id)",
        "alter table thing add column more text",
        "create table another (id int)",
        "create function one() returns int language sql as 'select 1'",
        "drop table thing",
        "alter table thing alter column id set default 4",
        "insert into kept values (2)",
        "update kept set id = 3",
        "select nextval('counter')",
        "alter database {} set statement_timeout = '9min'",
    ),
)
def test_a_database_that_was_given_back_is_like_the_template_again(own_cluster: Cluster, deed: str) -> None:
    used = own_cluster.create()
    before = _told(own_cluster.url(used))
    _run(own_cluster.url(used), deed.format(used))
    own_cluster.give_back(used)
    assert _told(own_cluster.url(own_cluster.create())) == before


def test_the_private_postgresql_really_syncs_and_speaks_utf8(own_cluster: Cluster) -> None:
    url = own_cluster.url(own_cluster.create())
    assert _run(url, "select current_setting('fsync') || ' ' || current_setting('synchronous_commit')") == "on on"
    assert _run(url, "select current_setting('server_encoding')") == "UTF8"


def test_axe_finds_what_is_wrong_and_is_silent_otherwise(page: Page) -> None:
    page.set_content(CALM)
    assert axe.violations(page) == []
    page.set_content(CALM.replace("</main>", "<img src='data:,'></main>"))
    assert [line.split()[0] for line in axe.violations(page)] == ["image-alt"]


def test_overflow_at_320_pixels_is_seen_but_a_scrolling_box_is_allowed(page: Page) -> None:
    page.set_content(CALM)
    no_overflow(page)
    page.set_content(SCROLLER)
    no_overflow(page)
    page.set_content(WIDE)
    with pytest.raises(AssertionError, match="div"):
        no_overflow(page)


def test_a_console_error_is_a_failure_unless_the_test_expects_it(page: Page) -> None:
    heard = Problems()
    heard.watch(page)
    page.evaluate("() => { console.error('first'); }")
    with pytest.raises(AssertionError, match="first"):
        heard.check()
    heard.expect("first")
    heard.check()
    heard.expect("second")
    with pytest.raises(AssertionError, match="second"):
        heard.check()


@pytest.fixture
def problems() -> Iterator[Problems]:
    """This file makes complaints on purpose, so nothing is asserted at the end."""
    yield Problems()


def test_the_browser_cannot_reach_the_outside_world(page: Page) -> None:
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://shop.example/")


def _with_a_table(url: str) -> None:
    for statement in ("create table thing (id int)", "create table kept (id int)", "insert into kept values (1)", "create sequence counter"):
        _run(url, statement)


def _told(url: str) -> list[object]:
    """What a database of this file holds and how it is made, as SQL tells it."""
    asked = (
        "select string_agg(concat_ws(' ', table_name, column_name, data_type, column_default), ' ' order by table_name, column_name)"
        " from information_schema.columns where table_schema = 'public'",
        "select string_agg(indexname, ' ') from pg_indexes where schemaname = 'public'",
        "select string_agg(proname, ' ') from pg_proc where pronamespace = 'public'::regnamespace",
        "select concat_ws(' ', (select count(*) from thing), (select string_agg(id::text, ' ') from kept), (select last_value from counter))",
        "select is_called from counter",
        "show statement_timeout",
    )
    return [_run(url, statement) for statement in asked]


async def _move_in(store: Store) -> int:
    """Make a workspace; how many there are then."""
    desk = await stores.open_desk(load({}, data=store.data, database=store.url))
    async with desk.store.write() as tx:
        await workspace.create(tx, "Mine", currency="USD", region="US")
        (count,) = (await tx.read("select count(*) from workspace"))[0]
    await desk.close()
    return int(count)


def _run(url: str, statement: str) -> object:
    return alone(_ask(url, statement))


async def _ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
