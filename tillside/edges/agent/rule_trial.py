"""What a rule would have done, ready to be drawn: how often, on which days, against which other rules, in which conversations. Pure."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from tillside.automations.rule import Rule
from tillside.automations.simulate import Clash, Outlook
from tillside.automations.terms import Terms
from tillside.edges.agent import format

FEW: Final = 5
ALL: Final = 500
_LEVELS: Final = 6
_WHAT: Final = {"agent": "the agent", "team": "the team", "priority": "the priority", "reply": "the answer", "state": "the state"}


class Bar(Struct, frozen=True):
    """One day: how high of six, and what it says."""

    level: int
    says: str


class Case(Struct, frozen=True):
    id: str
    number: int
    subject: str
    at: int


class Argument(Struct, frozen=True):
    """Another rule that decides the same differently."""

    rule_id: str
    title: str
    name: str
    says: str
    example: int
    wins: str


class Trial(Struct, frozen=True):
    """`digest`: of what was simulated, so that nothing else is saved in its name. `is_whole`: every match is listed; `since`: how far back it
    looked, in words."""

    digest: str
    matched: int
    looked_at: int
    bars: list[Bar]
    most: int
    first_day: str
    cases: list[Case]
    is_whole: bool
    arguments: list[Argument]
    notes: list[str]
    since: str


def digest(list_name: str, terms: Terms) -> str:
    return sha256(list_name.encode() + msgspec.json.encode(terms)).hexdigest()[:20]


def trial(outlook: Outlook, rule: Rule, others: Sequence[Rule], names: Mapping[str, str]) -> Trial:
    most = max((count for _, count in outlook.per_day), default=0)
    return Trial(
        digest(rule.list, rule.terms),
        outlook.matched,
        outlook.looked_at,
        [Bar(_level(count, most), f"{_day(day)}: {format.plural(count, 'match', 'matches')}") for day, count in outlook.per_day],
        most,
        _day(outlook.per_day[0][0]) if outlook.per_day else "",
        [Case(one.conversation_id, one.number, one.subject, one.at) for one in outlook.matches],
        len(outlook.matches) >= outlook.matched,
        _arguments(outlook, rule, others, names),
        outlook.notes,
        f"since {_day(outlook.since)}" if outlook.since else "in the last 30 days",
    )


def _level(count: int, most: int) -> int:
    """At least one step for a day with a match."""
    return 0 if not count else max(1, -(-count * _LEVELS // most))


def _day(iso: str) -> str:
    _, month, day = iso.split("-")
    return f"{int(day)} {_MONTHS[int(month) - 1]}"


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _arguments(outlook: Outlook, rule: Rule, others: Sequence[Rule], names: Mapping[str, str]) -> list[Argument]:
    """One for each rule, whatever they disagree about."""
    by_rule: dict[str, list[Clash]] = {}
    for one in outlook.clashes:
        by_rule.setdefault(one.rule_id, []).append(one)
    return [_argument(clashes, rule, others, names) for clashes in by_rule.values()]


def _argument(clashes: list[Clash], rule: Rule, others: Sequence[Rule], names: Mapping[str, str]) -> Argument:
    first, count = clashes[0], max(one.count for one in clashes)
    other = next((one for one in others if one.id == first.rule_id), None)
    mates = [one.id for one in others if other and one.list == other.list]
    called = f"rule {mates.index(first.rule_id) + 1}" if mates else first.name
    what = " and ".join(_WHAT.get(one.what) or f"the field {names.get(one.what, one.what)}" for one in clashes)
    is_either = other is not None and other.list == rule.list and rule.list != "tagging"
    wins = "Only the one that stands higher runs." if is_either else "The rule that runs later wins."
    return Argument(first.rule_id, f"Argues with {called} in {format.plural(count, 'case')}", first.name, what, first.example, wins)
