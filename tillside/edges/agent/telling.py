"""Stories ready to be drawn: each moment with its sentence, its day heading and, for a visit, what was looked at."""

from collections.abc import Mapping

from msgspec import Struct

from tillside.customers import story
from tillside.customers.story import Moment
from tillside.customers.timeline import EventLine
from tillside.edges.agent import format, sentences
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.sentences import Sentence
from tillside.orders import listing as orders
from tillside.orders.listing import Line as OrderLine

_MOST_LOOKS = 40


class Look(Struct, frozen=True):
    """One thing looked at in a visit."""

    line: EventLine
    sentence: Sentence


class Told(Struct, frozen=True):
    """One moment; `day` is the heading above it, empty when the moment before was on the same day."""

    day: str
    moment: Moment
    sentence: Sentence
    looks: list[Look]
    more: int


async def sentences_of(visit: Visit, lines: list[EventLine]) -> dict[int, Sentence]:
    """Each line's sentence, by event id."""
    known, firsts = await _orders(visit, lines)
    return {line.id: sentences.of(line, known, firsts) for line in lines}


async def tell(visit: Visit, lines: list[EventLine], *, after: int | None = None) -> list[Told]:
    """Lines, newest first, as moments. `after`: when the moment drawn above them happened, so that its day is not said twice."""
    known, firsts = await _orders(visit, lines)
    zone = visit.workspace.time_zone
    day = format.day(after, zone) if after is not None else ""
    found: list[Told] = []
    for moment in story.fold(lines):
        today = format.day(moment.at, zone)
        found.append(_told(moment, known, firsts, day=today if today != day else ""))
        day = today
    return found


async def _orders(visit: Visit, lines: list[EventLine]) -> tuple[dict[str, OrderLine], dict[str, int]]:
    """The orders these lines speak of, and the first event of each. Asked for in any case, so that every page costs the same."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    ids = sorted({line.order_id for line in lines if line.order_id})
    return await orders.by_ids(store, workspace_id, ids), await story.firsts(store, workspace_id, ids)


def _told(moment: Moment, known: Mapping[str, OrderLine], firsts: Mapping[str, int], *, day: str) -> Told:
    if not moment.is_visit:
        return Told(day, moment, sentences.of(moment.line, known, firsts), [], 0)
    looks = [Look(line, sentences.of(line, known, firsts)) for line in moment.lines[:_MOST_LOOKS]]
    return Told(day, moment, _visit(moment), looks, len(moment.lines) - len(looks))


def _visit(moment: Moment) -> Sentence:
    count = format.plural(len(moment.lines), "page")
    spent = f" in {format.wait(moment.span)}" if moment.span >= 1_000_000 else ""
    return Sentence("chevron-right", f"Looked at {count}{spent}")
