"""From a question to what it asks of this desk: names become ids, days become moments, mistyped words the words that are known."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from tillside.agents import agent as agents
from tillside.agents import team as teams
from tillside.agents.agent import Agent
from tillside.agents.workspace import Workspace
from tillside.base import words
from tillside.conversations import inbox, tags
from tillside.conversations.conversation import STATES, State
from tillside.conversations.inbox import Filters
from tillside.orders import listing as orders
from tillside.search import asked as questions
from tillside.search import known
from tillside.search.asked import Asked
from tillside.storage.database import Database
from tillside.storage.full_text import Every, Phrase

Group = Literal["conversations", "messages", "customers", "orders"]
GROUPS: tuple[Group, ...] = ("conversations", "messages", "customers", "orders")
_ANYWHERE = tuple(state for state in STATES if state != "trash")
Named = TypeVar("Named")


class Meaning(Struct, frozen=True):
    """What is looked for. `every`: phrases, each in its spellings; `who`: the same of whoever said it; `order_ids`: of an order operator.

    `since`, `until`: moments (µs), from inclusive, to exclusive; `mended`: typed word → the words searched instead.
    """

    asked: Asked
    every: Every = ()
    who: Every = ()
    filters: Filters = Filters()
    order_ids: list[str] | None = None
    since: int | None = None
    until: int | None = None
    mended: dict[str, list[str]] = {}
    problems: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[Group, ...]:
        """Where these words and operators can find something at all: nobody's address has a status, and no order a tag."""
        if self.problems or self.asked.is_empty:
            return ()
        used = {one.name for one in self.asked.operators}
        has_words = bool(self.every or self.who)
        fits: dict[Group, bool] = {
            "conversations": True,
            "messages": has_words,
            "customers": used <= {"from", "order"} and bool(used or has_words),
            "orders": used <= {"from", "order"} and bool(used or has_words),
        }
        return tuple(group for group in GROUPS if fits[group])

    @property
    def is_filtered(self) -> bool:
        return self.filters != Filters(states=list(_ANYWHERE))

    @property
    def names(self) -> str:
        """The words by which customers and orders are found, mended."""
        said = [" ".join(spellings[0].words) if spellings else "" for spellings in self.every]
        return " ".join([*said, *self.asked.of("from"), *self.asked.of("order")])


async def of(database: Database, workspace: Workspace, agent_id: str, asked: Asked) -> Meaning:
    """Look up what the question names. Whatever is not there is a problem, told in a sentence."""
    if asked.problems:
        return Meaning(asked, problems=asked.problems)
    every = [await known.spellings(database, workspace.id, phrase) for phrase in asked.phrases]
    who = [Phrase(tuple(words.of(value))) for value in asked.of("from")]
    filters, problems = await _filters(database, workspace.id, agent_id, asked)
    order_ids: list[str] | None = None
    for value in asked.of("order"):
        order_ids = await orders.find(database, workspace.id, value)
        if not order_ids:
            problems.append(f'No order has the number "{value}".')
    return Meaning(
        asked,
        every,
        [await known.spellings(database, workspace.id, phrase) for phrase in who],
        filters,
        order_ids,
        since=_moment(asked.of("after"), workspace.time_zone),
        until=_moment(asked.of("before"), workspace.time_zone),
        mended={
            questions.spelt(phrase): [" ".join(one.words) for one in spellings]
            for phrase, spellings in zip(asked.phrases, every, strict=True)
            if tuple(spellings) != (phrase,)
        },
        problems=tuple(problems),
    )


async def _filters(database: Database, workspace_id: int, agent_id: str, asked: Asked) -> tuple[Filters, list[str]]:
    problems: list[str] = []
    states = [state for state in STATES if state in asked.of("status")]
    chosen: list[State] = states or list(_ANYWHERE)
    assignee = team = None
    for value in asked.of("assignee"):
        staff = await agents.every(database, workspace_id)
        assignee, wrong = _assignee(value, agent_id, staff)
        problems += wrong
    for value in asked.of("team"):
        crews = await teams.every(database, workspace_id)
        found = _by_name(value, crews, lambda one: [one.name])
        team = found.id if found else None
        problems += [] if found else [f'There is no team "{value}".']
    worn = []
    for value in asked.of("tag"):
        meant = (await tags.meant(database, workspace_id, [value])).get(value)
        worn += [meant.id] if meant else []
        problems += [] if meant else [f'There is no tag "{value}".']
    channel, priority = asked.of("channel"), asked.of("priority")
    filters = Filters(
        states=chosen,
        assignee_id=assignee,
        team_id=team,
        tag_ids=worn,
        channel=channel[0] if channel else None,
        priority=questions.PRIORITIES[priority[0]] if priority else None,
    )
    return filters, problems


def _assignee(value: str, agent_id: str, staff: list[Agent]) -> tuple[str | None, list[str]]:
    if value.lower() == inbox.ME:
        return agent_id, []
    if value.lower() in ("nobody", "none"):
        return "", []
    found = _by_name(value, staff, lambda one: [one.name, one.email])
    return (found.id, []) if found else (None, [f'Nobody who works here is called "{value}".'])


def _by_name(value: str, among: Iterable[Named], names: Callable[[Named], list[str]]) -> Named | None:
    """Whose whole name it is; else the first whose name, or one word of it, begins so."""
    said = " ".join(words.of(value))
    rated = []
    for place, one in enumerate(among):
        called = [" ".join(words.of(name)) for name in names(one)]
        if said and any(f" {name}".find(f" {said}") >= 0 for name in called):
            rated.append((said not in called, place, one))
    return min(rated, key=lambda each: each[:2])[2] if rated else None


def _moment(values: list[str], time_zone: str) -> int | None:
    """The first moment of a day where the desk stands."""
    found = questions.day(values[0]) if values else None
    if found is None:
        return None
    start = datetime(found.year, found.month, found.day, tzinfo=ZoneInfo(time_zone))
    return int(start.timestamp()) * 1_000_000
