"""One batch of the log, from reading to writing: a few queries, work in memory, a few queries. The order of steps stands in `handle`."""

import asyncio
import logging
from collections import Counter, defaultdict

from tillside.base.trust import Trust
from tillside.connectors.directory import Directory
from tillside.customers import identity, proof, timeline
from tillside.customers.people import Handle
from tillside.customers.timeline import EventLine, LineRow
from tillside.feeds import activity
from tillside.feeds.log import EVENTS_PER_ENTRY, Entry
from tillside.orders.book import Name
from tillside.projector import changes, reading, table, verdicts
from tillside.projector.reading import Happening, Prepared
from tillside.projector.workplace import Workplace
from tillside.storage.database import Transaction

NAME = "projector"
_TRIES = 3
_BREATH = 32
"""Events worked on in memory between two chances for everybody else in this process."""

_MINUTE = 60_000_000

_OWNERS = "select distinct profile_id from orders where workspace_id = :workspace_id and profile_id in {list:ids} order by profile_id"

logger = logging.getLogger(__name__)


class Poisoned(Exception):
    """An event could not be worked in; the batch is tried again, and without the event after a few tries."""


class Projector:
    """Handles batches for the follower. `tries` survives from batch to batch, since a failed batch comes again from the start."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._tries: Counter[int] = Counter()
        self._errors: dict[int, str] = {}

    async def prepare(self, entries: list[Entry]) -> Prepared:
        """Step 1 of `handle`, for a batch that waits its turn: read every event out of its entry. Yields often: it is plain computing."""
        prepared: Prepared = {}
        for count, entry in enumerate(entries):
            prepared[entry.position] = reading.prepared(entry)
            if count % _BREATH == 0:
                await asyncio.sleep(0)
        return prepared

    async def handle(self, tx: Transaction, entries: list[Entry], prepared: Prepared) -> None:
        """Work a batch in, within the follower's transaction.

        1. Every event was read out of its entry by `prepare`.
        2. Workspace by workspace: drop repetitions, look up everybody and every order they name.
        3. Decide what tokens prove, or take what was decided before.
        4. Apply each event in order, in memory.
        5. Write back people, orders, lines; note for open screens that something arrived.
        """
        by_workspace: dict[int, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_workspace[entry.workspace_id].append(entry)
        for workspace_id, listed in by_workspace.items():
            for run in _runs(listed):
                place = await self._work_in(tx, workspace_id, run, prepared)
                try:
                    await place.flush()
                except Exception as error:
                    if tx.blames_content(error):
                        self._suspect(entries, error)
                    raise
            if listed:
                first, last = listed[0].event_id(0), listed[-1].event_id(0)
                activity.record(tx, workspace_id, "events.arrived", str(last), detail=f'{{"first":{first},"last":{last}}}')

    async def _work_in(self, tx: Transaction, workspace_id: int, entries: list[Entry], prepared: Prepared) -> Workplace:
        """One workspace's part, in memory. A poisoned event spoils the attempt, not the transaction: nothing was written yet."""
        while True:
            place = Workplace(tx, workspace_id)
            try:
                await self._attempt(place, entries, prepared)
            except Poisoned:
                continue
            return place

    def _suspect(self, entries: list[Entry], error: Exception) -> None:
        """The database refused what was worked out. Alone in its batch, an entry is the culprit and is set aside after a few tries."""
        if len(entries) == 1:
            for index in range(EVENTS_PER_ENTRY):
                event_id = entries[0].event_id(index)
                self._tries[event_id] += 1
                self._errors[event_id] = f"{type(error).__name__}: {error}"[:500]

    async def _attempt(self, place: Workplace, entries: list[Entry], prepared: Prepared) -> None:
        stretch: list[Happening] = []
        for entry in entries:
            if entry.kind == "change":
                await self._change(place, entry)
            else:
                stretch += self._events(place, entry, prepared[entry.position])
        await self._apply_all(place, stretch)

    def _events(self, place: Workplace, entry: Entry, found: list[Happening] | str) -> list[Happening]:
        """An entry's events. Refused bodies that nobody could decode have one line; accepted ones that cannot be read now are parked."""
        if not isinstance(found, str):
            return found
        if entry.kind == "refused":
            place.lines.append(_undecodable(entry))
        else:
            place.park(entry, entry.event_id(0), "", found, 1)
        return []

    async def _change(self, place: Workplace, entry: Entry) -> None:
        if self._tries[entry.event_id(0)] >= _TRIES:
            place.park(entry, entry.event_id(0), "change", self._errors[entry.event_id(0)], _TRIES)
            return
        try:
            await changes.apply(place, entry)
        except Exception as error:
            if not place.tx.blames_content(error):
                raise
            self._poison(place, entry.event_id(0), entry, error)

    async def _apply_all(self, place: Workplace, happenings: list[Happening]) -> None:
        if not happenings:
            return
        fresh = await _without_repetitions(place, happenings)
        await _look_up(place, fresh)
        await self._prove(place, fresh)
        for count, happening in enumerate(fresh):
            if happening.is_refused:
                place.tell(happening, None, None, Trust.TYPED)
            elif self._tries[happening.id] >= _TRIES:
                place.park(happening.entry, happening.id, happening.event.name, self._errors[happening.id], _TRIES)
            else:
                self._apply(place, happening)
            if count % _BREATH == 0:
                await asyncio.sleep(0)
        for happening in fresh:
            if not happening.is_refused:
                place.first_seen.setdefault(happening.entry.connector_id, happening.entry.received_at)

    def _apply(self, place: Workplace, happening: Happening) -> None:
        try:
            table.apply(place, happening)
        except Exception as error:
            self._poison(place, happening.id, happening.entry, error)

    def _poison(self, place: Workplace, event_id: int, entry: Entry, error: Exception) -> None:
        self._tries[event_id] += 1
        self._errors[event_id] = f"{type(error).__name__}: {error}"[:500]
        logger.warning("event %s in entry %s could not be worked in (try %s)", event_id, entry.position, self._tries[event_id], exc_info=error)
        raise Poisoned from error

    async def _prove(self, place: Workplace, happenings: list[Happening]) -> None:
        """Decide tokens in order of arrival: a binding made by the first holds for the second."""
        asked = [h for h in happenings if h.event.token and h.entry.trust < Trust.PROVEN and not h.is_refused]
        if not asked:
            return
        known = await verdicts.known(place.tx, place.workspace_id, [h.id for h in asked])
        opened: dict[int, proof.Opened | str] = {}
        for happening in asked:
            if happening.id in known:
                happening.proof = known[happening.id]
            else:
                opened[happening.id] = await self._open(place, happening)
        handles = {
            handle
            for one in opened.values()
            if isinstance(one, proof.Opened)
            for connector_id in {h.entry.connector_id for h in asked}
            for tier in (identity.TYPED, identity.VOUCHED)
            for handle in identity.handles(one.claims, connector_id, tier)
        } | {
            handle
            for h in asked
            if h.proof
            for tier in (identity.TYPED, identity.VOUCHED)
            for handle in identity.handles(h.proof.claims, h.entry.connector_id, tier)
        }
        await place.people.load(place.tx, handles)
        place.opened = opened
        place.owners = await _owners(place, handles)

    async def _open(self, place: Workplace, happening: Happening) -> proof.Opened | str:
        connector = await self._directory.get(place.workspace_id, happening.entry.connector_id)
        if connector is None:
            return "the connector is gone"
        return proof.open_token(str(happening.event.token), connector, happening.entry.received_at)


def _runs(entries: list[Entry]) -> list[list[Entry]]:
    """Entries in runs that are worked in together. A change by hand is a run of its own: what an agent saw when making it was written
    down, so a replay, whose batches are other ones, must write it down before as well.
    """
    runs: list[list[Entry]] = []
    for entry in entries:
        if runs and entry.kind != "change" and runs[-1][0].kind != "change":
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


async def _without_repetitions(place: Workplace, happenings: list[Happening]) -> list[Happening]:
    """Drop events that were taken in before (decision 10): by their id or content; without any time, only within a minute."""
    by_connector: dict[str, list[Happening]] = defaultdict(list)
    for happening in happenings:
        by_connector[happening.entry.connector_id].append(happening)
    seen: dict[tuple[str, str], tuple[int, int]] = dict(place.seen)
    for connector_id, listed in by_connector.items():
        keys = sorted({h.dedup for h in listed})
        stored = await timeline.same(place.tx, place.workspace_id, connector_id, keys)
        for key, found in stored.items():
            seen.setdefault((connector_id, key), found)
    fresh = []
    for happening in happenings:
        slot = (happening.entry.connector_id, happening.dedup)
        known = seen.get(slot)
        if happening.is_refused:
            fresh.append(happening)
            continue
        if known is not None:
            if happening.event.is_dated or happening.entry.received_at - known[1] <= _MINUTE:
                continue
            place.free(known[0])
        seen[slot] = place.seen[slot] = (happening.id, happening.event.occurred_at)
        fresh.append(happening)
    return fresh


async def _look_up(place: Workplace, happenings: list[Happening]) -> None:
    handles: set[Handle] = set()
    numbers: set[Name] = set()
    keys: set[Name] = set()
    for happening in happenings:
        if happening.is_refused:
            continue
        event, connector_id = happening.event, happening.entry.connector_id
        tier = identity.VOUCHED if happening.entry.trust >= Trust.SIGNED else identity.TYPED
        handles.update(identity.handles(event.claims, connector_id, tier))
        if event.device:
            handles.add(identity.device(event.device, connector_id))
        if (order := happening.order) is not None:
            numbers.add((connector_id, order.kind, order.number))
            handles.add(table.nameless(order, connector_id))
            if order.db_key is not None:
                keys.add((connector_id, order.kind, order.db_key))
    await place.book.load(place.tx, numbers, keys)
    await place.people.load(place.tx, handles, place.book.profile_ids())


async def _owners(place: Workplace, handles: set[Handle]) -> set[str]:
    """Which of the typed visitors behind these handles already have orders."""
    ids = {one.profile_id for handle, one in place.people.identifiers.items() if handle in handles and handle[3] == identity.TYPED}
    if not ids:
        return set()
    return {row[0] for row in await place.tx.read(_OWNERS, workspace_id=place.workspace_id, ids=sorted(ids))}


def _undecodable(entry: Entry) -> LineRow:
    """A body nobody could decode has one line in the inspector, and belongs to nobody."""
    notes = entry.notes.get(0, [])
    label = timeline.Label(note=f"{notes[0].path}: {notes[0].message}" if notes else entry.wire.reason)
    return EventLine(
        workspace_id=entry.workspace_id,
        id=entry.event_id(0),
        connector_id=entry.connector_id,
        profile_id=None,
        order_id=None,
        name="",
        occurred_at=entry.received_at,
        received_at=entry.received_at,
        verdict=timeline.REFUSED,
        trust=0,
        sender=entry.sender,
        label=label,
    ).row()
