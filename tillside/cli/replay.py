"""`tillside replay`: build customers, orders and timelines anew from the log, beside a serving desk or without one."""

import sys
import time

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tillside.base import collector
from tillside.base.errors import Refused
from tillside.base.settings import Settings
from tillside.cli import ground
from tillside.edges.http.desk import Desk
from tillside.feeds import log
from tillside.projector import rebuild as rebuilds
from tillside.projector.rebuild import Rebuild
from tillside.projector.work import Projector


@click.command()
@click.option("--check", is_flag=True, help="Only print the digest of what is derived now.")
@click.option("--expect-same", is_flag=True, help="Exit with 1 when the outcome differs from what was there.")
@click.option("--forget", is_flag=True, help="Replay although part of the log was pruned; what came of it is lost.")
@ground.as_json
@ground.place
def replay(settings: Settings, *, check: bool, expect_same: bool, forget: bool, as_json: bool) -> None:
    """Build customers, orders and timelines anew from the log.

    Safe beside a serving desk: its screens fill up again as this goes on, nothing is sent out, no event is lost.
    """

    async def work() -> dict[str, object]:
        async with ground.desk(settings) as desk:
            if check:
                tables = await rebuilds.digests(desk.store)
                return {"digest": rebuilds.total(tables), "tables": tables}
            return await again(desk, forget=forget, quiet=as_json)

    facts = ground.run(work())
    if not as_json:
        facts = {name: value for name, value in facts.items() if name != "tables"}
    ground.tell(facts, as_json=as_json)
    if expect_same and not facts["is_same"]:
        sys.exit(ground.FOUND)


async def again(desk: Desk, *, forget: bool, quiet: bool) -> dict[str, object]:
    """Seize, digest, drop, work again, digest. Raises Refused when pruned log entries would be missed."""
    lost = await rebuilds.lost(desk.store, desk.entries)
    if lost and not forget:
        raise Refused(f"{lost} events of the timeline are no longer in the log (log_days). A replay would lose them.", hint="Add --forget.")
    collector.calm()
    rebuild = rebuilds.Rebuild(desk.store, desk.entries, desk.log_bell, Projector(desk.directory))
    async with rebuild.hold():
        before = await rebuilds.digests(desk.store)
        started = time.monotonic()
        await rebuild.drop()
        count = await worked(rebuild, quiet=quiet)
        seconds = time.monotonic() - started
        after = await rebuilds.digests(desk.store)
        await rebuild.work(await log.last_position(desk.entries), lambda count, position: None)
    return {
        "entries": count,
        "seconds": round(seconds, 3),
        "entries_per_second": round(count / seconds) if seconds else count,
        "position": rebuild.last,
        "before": rebuilds.total(before),
        "after": rebuilds.total(after),
        "is_same": before == after,
        "changed": sorted(name for name in before if before[name] != after[name]),
        "tables": after,
    }


async def worked(rebuild: Rebuild, *, quiet: bool) -> int:
    """Work the log in again under a progress bar; the number of entries."""
    done = 0
    columns = (TextColumn("Replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ground.console(err=True), disable=quiet or not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("", total=rebuild.last)

        def tell(count: int, position: int) -> None:
            nonlocal done
            done += count
            bar.update(task, completed=position)

        await rebuild.work(rebuild.last, tell)
    return done
