"""`tillside reindex`: build the search index anew from the conversations, while no desk serves."""

import sys
import time

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tillside.base.errors import Refused
from tillside.base.settings import Settings
from tillside.cli import ground, lock
from tillside.search import rebuild


@click.command()
@click.option("--check", is_flag=True, help="Only compare: exit with 1 when the index does not hold what it should.")
@ground.as_json
@ground.place
def reindex(settings: Settings, *, check: bool, as_json: bool) -> None:
    """Build the search index anew from the conversations. Refuses while a desk serves this data folder.

    Needed once for conversations older than the search, and after nothing else: the index is kept with every change.
    """
    if check:
        facts = ground.run(_compare(settings))
        ground.tell(facts, as_json=as_json)
        if not facts["is_whole"]:
            sys.exit(ground.FOUND)
        return
    with lock.stopped(settings.data) as is_free:
        if not is_free:
            raise Refused(f"A desk serves {settings.data}.", hint="Stop it first.")
        ground.tell(ground.run(_build(settings, quiet=as_json)), as_json=as_json)


async def _compare(settings: Settings) -> dict[str, object]:
    async with ground.desk(settings) as desk:
        standing = await rebuild.standing(desk.store)
        return {"there": standing.there, "found": standing.found, "is_ready": standing.is_ready, "is_whole": standing.is_whole}


async def _build(settings: Settings, *, quiet: bool) -> dict[str, object]:
    started = time.monotonic()
    columns = (TextColumn("Indexing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with ground.desk(settings, alone=True) as desk:
        whole = (await rebuild.standing(desk.store)).there
        with Progress(*columns, console=ground.console(err=True), disable=quiet or not sys.stderr.isatty(), transient=True) as bar:
            task = bar.add_task("", total=whole)
            count = await rebuild.again(desk.store, tell=lambda amount: bar.advance(task, amount))
    seconds = time.monotonic() - started
    return {"entries": count, "seconds": round(seconds, 3), "entries_per_second": round(count / seconds)}
