"""Lets go of what has had its time, in the log and in the inspector alike, so that a replay still yields what is shown."""

import asyncio
import logging
from collections import Counter

from tillside.base import stamps
from tillside.base.errors import DeskError
from tillside.base.settings import Settings
from tillside.feeds import follow, log, retention
from tillside.feeds.retention import Expired
from tillside.projector import work
from tillside.storage.database import Database, Transaction

_FIRST_SECONDS, _EVERY_SECONDS = 60, 600
_REST_SECONDS = 0.2
_DROP_LINES = """
delete from event where workspace_id = :workspace_id and id >= :first and id < :end and verdict = 2
returning connector_id, received_at
"""
_TAKE = """
update tally set count = count - :count
where workspace_id = :workspace_id and connector_id = :connector_id and minute = :minute and verdict = 2
"""
_DROP_EMPTY = """
delete from tally
where workspace_id = :workspace_id and connector_id = :connector_id and minute = :minute and verdict = 2 and count <= 0
"""

logger = logging.getLogger(__name__)


async def keep_tidy(desk: Database, entries: Database, settings: Settings) -> None:
    """Prune now and then until cancelled. Several processes may do so at once: each row goes once."""
    await asyncio.sleep(_FIRST_SECONDS)
    while True:
        try:
            has_more = await once(desk, entries, settings, at=stamps.now()) > 0
        except (DeskError, OSError):
            logger.warning("old log entries could not be let go; tried again later", exc_info=True)
            has_more = False
        await asyncio.sleep(_REST_SECONDS if has_more else _EVERY_SECONDS)


async def once(desk: Database, entries: Database, settings: Settings, *, at: int) -> int:
    """Let go of one batch of each kind; the number of log entries. `at`: this moment in µs."""
    reached = await follow.position(desk, work.NAME)
    expired = await retention.refused(entries, settings, at=at, reached=reached)
    if expired:
        async with desk.write(urgent=False) as tx:
            for one in expired:
                await _forget(tx, one)
    positions = [one.position for one in expired] + await retention.accepted(entries, settings, at=at, reached=reached)
    if positions:
        await retention.drop(entries, positions)
    return len(positions)


async def _forget(tx: Transaction, one: Expired) -> None:
    """The inspector's lines of a refused entry, and what they counted for."""
    first = one.position * log.EVENTS_PER_ENTRY
    gone = await tx.read(_DROP_LINES, workspace_id=one.workspace_id, first=first, end=first + log.EVENTS_PER_ENTRY)
    counts = Counter((connector_id, received_at // stamps.MINUTE) for connector_id, received_at in gone)
    for (connector_id, minute), count in counts.items():
        await tx.run(_TAKE, count=count, workspace_id=one.workspace_id, connector_id=connector_id, minute=minute)
        await tx.run(_DROP_EMPTY, workspace_id=one.workspace_id, connector_id=connector_id, minute=minute)
