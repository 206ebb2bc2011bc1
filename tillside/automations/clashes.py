"""Rules that contradict each other: both would come at the same moment, and set the same thing differently. Pure.

A macro a rule uses counts as what it does: its text is a reply, its steps are the rule's.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from tillside.automations.history import Past
from tillside.automations.rule import AssignBy, Doing, Rule
from tillside.automations.vocabulary import ORDER_EVENTS
from tillside.base import rich_text
from tillside.macros import step, steps
from tillside.macros.macro import Macro

_FIRST = {"conversation_started", "customer_wrote"}
"""What one message may mean at once."""
_NONE: Mapping[str, Macro] = {}


class Rival(Struct, frozen=True):
    """Another live rule, and what the two set differently."""

    rule: Rule
    about: list[str]


def rivals(rule: Rule, others: Sequence[Rule], macros: Mapping[str, Macro] = _NONE) -> list[Rival]:
    """The rules that set something else than this one does, whatever they look at. `macros`: those they may use, by id."""
    mine = dict(_sets(unfolded(rule.terms.steps, macros)))
    found = []
    for other in others:
        about = [
            what
            for what, value in dict(_sets(unfolded(other.terms.steps, macros))).items()
            if what in mine and (what == "reply" or mine[what] != value)
        ]
        if about and other.id != rule.id:
            found.append(Rival(other, about))
    return found


def meets(rule: Rule, past: Past) -> bool:
    """Whether a rule would have come at this moment as well."""
    kinds = _FIRST if past.trigger.kind in _FIRST else {past.trigger.kind}
    named = past.event.name if past.event else ""
    return any(
        one.kind in kinds and one.minutes == past.trigger.minutes and (not named or named in (one.names or _ANY_ORDER))
        for one in rule.terms.when
    )


_ANY_ORDER = frozenset(name for name, _ in ORDER_EVENTS)


def unfolded(doings: Sequence[Doing], macros: Mapping[str, Macro], *, depth: int = 0) -> Iterator[Doing]:
    """Steps with what their macros do in place of them; one that is gone does nothing."""
    for doing in doings:
        if not isinstance(doing, step.RunMacro):
            yield doing
        elif depth < steps.DEEPEST and (one := macros.get(doing.macro_id)):
            if rich_text.plain(one.html):
                yield step.Reply(one.html)
            yield from unfolded(one.steps, macros, depth=depth + 1)


def _sets(doings: Iterator[Doing]) -> Iterator[tuple[str, object]]:
    """What steps set, and to what."""
    for doing in doings:
        match doing:
            case AssignBy(how, team_id):
                yield "agent", (how, team_id)
                if team_id:
                    yield "team", team_id
            case step.Assign(agent_id):
                yield "agent", agent_id
            case step.Give(team_id):
                yield "team", team_id
            case step.Priority(priority):
                yield "priority", priority
            case step.Field(key, value):
                yield key, value
            case step.Reply():
                yield "reply", doing
            case step.Close() | step.Reopen() | step.Snooze():
                yield "state", doing
            case _:
                pass
