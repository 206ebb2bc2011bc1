"""The delivery log: calls narrowed by anything, newest first, however many there are.

No filter may cost more than a moment, and no set of indexes answers every combination. So a page walks one index, that of the condition
with the fewest rows, in windows of `WINDOW` rows, and looks at `WINDOWS` of them at most, and at no further one once `PATIENCE` is used up.
When that was not enough to fill a page, it says how far back it looked and where to go on; nothing is left out.
"""

import time
from collections.abc import Sequence
from typing import get_args

from msgspec import Struct

from tillside.storage.database import Database
from tillside.targets import calls
from tillside.targets.calls import Call, Kind, State

WINDOW = 1_000
WINDOWS = 4
PATIENCE = 0.03
"""Seconds. Of a million calls, a thousand that an index found all over the table took 5 to 11 ms, a thousand in a row 2 ms, and either ten
times that while the machine had other work: no number of rows bounds the time, so the clock does."""
_SLACK = 60_000_000
"""Positions and times go together but for the length of a transaction, in µs."""
_NEWEST_UNTIL = """
select position from call where workspace_id = :w and created_at <= :at order by created_at desc, position desc limit 1
"""
_OLDEST_SINCE = """
select position from call where workspace_id = :w and created_at >= :at order by created_at, position limit 1
"""
_LAST = 2**62


class Filter(Struct, frozen=True):
    """Conditions, all of which hold; "" and None are none. `answered`: first digit of the status, 0 for no answer; `text`: in the address or
    body, or a whole delivery id; `since` and `until` in µs."""

    target_id: str = ""
    state: str = ""
    answered: int | None = None
    cause: str = ""
    conversation_id: str = ""
    run_id: str = ""
    text: str = ""
    since: int | None = None
    until: int | None = None


class Page(Struct, frozen=True):
    """`older`: where to go on (`before` of the next page), None when there is nothing more; `looked_at`: the time up to which it looked back
    without filling the page, None where it is full or complete."""

    calls: list[Call]
    older: int | None
    looked_at: int | None = None


class Condition(Struct, frozen=True):
    """One condition: as an index serves it, and as a mere test of rows another index found."""

    served: str
    tested: str
    given: dict[str, object]


async def page(store: Database, workspace_id: int, asked: Filter, *, before: int | None = None, count: int = 50) -> Page:
    """The newest calls placed before a position that fulfil all conditions."""
    top, bottom = await _span(store, workspace_id, asked)
    place = min(before if before is not None else _LAST, top)
    conditions = _conditions(asked)
    driver, floor = await _driver(store, workspace_id, conditions, place)
    found: list[Call] = []
    until = time.monotonic() + PATIENCE
    for number in range(WINDOWS):
        if number:
            floor = await _floor(store, workspace_id, driver, place)
        found += await _within(
            store, workspace_id, asked, conditions, driver, place=place, floor=max(floor or 0, bottom), count=count - len(found)
        )
        if len(found) >= count:
            return Page(found, found[-1].position)
        if floor is None or floor <= bottom:
            return Page(found, None)
        place = floor
        if time.monotonic() >= until:
            break
    row = await store.one("select created_at from call where position = :place and workspace_id = :w", place=place, w=workspace_id)
    return Page(found, place, row[0] if row else None)


async def _span(store: Database, workspace_id: int, asked: Filter) -> tuple[int, int]:
    """The positions between which the asked times lie: below the first, not below the second."""
    top, bottom = _LAST, 0
    if asked.until is not None:
        row = await store.one(_NEWEST_UNTIL, w=workspace_id, at=asked.until + _SLACK)
        top = int(row[0]) + 1 if row else 0
    if asked.since is not None:
        row = await store.one(_OLDEST_SINCE, w=workspace_id, at=asked.since - _SLACK)
        bottom = int(row[0]) if row else _LAST
    return top, bottom


async def _driver(store: Database, workspace_id: int, conditions: list[Condition], place: int) -> tuple[Condition | None, int | None]:
    """The condition to walk by, the first whose rows all fit in one window, and where its first window ends."""
    served = [one for one in conditions if one.served]
    floors = []
    for condition in served:
        floors.append(await _floor(store, workspace_id, condition, place))
        if floors[-1] is None:
            return condition, None
    return (served[0], floors[0]) if served else (None, await _floor(store, workspace_id, None, place))


async def _floor(store: Database, workspace_id: int, driver: Condition | None, place: int) -> int | None:
    """The last position of the window that begins below a place; None when it holds all there is."""
    row = await store.one(
        f"select position from call where workspace_id = :w{driver.served if driver else ''} and position < :place"
        " order by position desc limit 1 offset :skip",
        w=workspace_id,
        place=place,
        skip=WINDOW - 1,
        **(driver.given if driver else {}),
    )
    return int(row[0]) if row else None


async def _within(
    store: Database,
    workspace_id: int,
    asked: Filter,
    conditions: list[Condition],
    driver: Condition | None,
    *,
    place: int,
    floor: int,
    count: int,
) -> list[Call]:
    """Calls of one window that fulfil the rest. The walk is a sub-query of its own: told of both ends of the window, a planner takes the index
    of positions alone and reads every row between them."""
    given: dict[str, object] = dict(driver.given) if driver else {}
    tests = ""
    for one in conditions:
        if one is not driver:
            tests += one.tested
            given.update(one.given)
    for name, sign in (("since", ">="), ("until", "<=")):
        if (at := getattr(asked, name)) is not None:
            tests += f" and created_at {sign} :{name}"
            given[name] = at
    rows = await store.read(
        f"with walked(place) as (select position from call where workspace_id = :w{driver.served if driver else ''} and position < :place"
        f" order by position desc limit {WINDOW}) select {calls.COLUMNS} from walked cross join call"
        f" where call.position = walked.place and call.position >= :floor{tests} order by walked.place desc limit :count",
        w=workspace_id,
        place=place,
        floor=floor,
        count=count,
        **given,
    )
    return [calls.from_row(row) for row in rows]


def _conditions(asked: Filter) -> list[Condition]:
    """Those that are set, the one that usually has the fewest rows first. The commonest state and answer have no index of their own."""
    found = []
    text = asked.text.strip()
    if text.startswith("dlv_") and " " not in text:
        found.append(Condition(" and id = :text", " and id = :text", {"text": text}))
    elif text:
        like = "%" + text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        test = " and (lower(url) like :text escape '\\' or lower(body) like :text escape '\\')"
        found.append(Condition("", test, {"text": like}))
    for column in ("conversation_id", "run_id"):
        if said := getattr(asked, column):
            found.append(_of(column, said))
    state, cause = _word(asked.state, get_args(State)), _word(asked.cause, get_args(Kind))
    if asked.target_id and asked.state not in ("", "done"):
        served = f" and target_id = :target_id and state = {state} and state <> 'done'"
        tested = f" and target_id || '' = :target_id and state || '' = {state}"
        found.append(Condition(served, tested, {"target_id": asked.target_id}))
    elif asked.state:
        served = "" if asked.state == "done" else f" and state = {state} and state <> 'done'"
        found.append(Condition(served, f" and state || '' = {state}", {}))
    if asked.answered is not None:
        served = "" if asked.answered == 2 else f" and answered = {int(asked.answered)} and answered <> 2"
        found.append(Condition(served, f" and answered + 0 = {int(asked.answered)}", {}))
    if asked.target_id and asked.state in ("", "done"):
        found.append(_of("target_id", asked.target_id))
    if asked.cause:
        found.append(Condition(f" and cause_kind = {cause}", f" and cause_kind || '' = {cause}", {}))
    return found


def _of(column: str, value: str) -> Condition:
    return Condition(f" and {column} = :{column}", f" and {column} || '' = :{column}", {column: value})


def _word(said: str, known: Sequence[str]) -> str:
    """One of few words, written into the query: a planner that does not know which one is asked for takes a rare one for a common one
    (PostgreSQL, 0.7 s among a million calls). What is no such word finds nothing."""
    return f"'{said}'" if said in known else "'?'"
