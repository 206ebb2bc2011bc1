"""Rules that contradict each other: both would come at the same moment, and set the same thing differently. Pure."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tillside.automations.history import Past
from tillside.automations.rule import AssignBy, Rule
from tillside.macros import step

_FIRST = {"conversation_started", "customer_wrote"}
"""What one message may mean at once."""


class Rival(Struct, frozen=True):
    """Another live rule, and what the two set differently."""

    rule: Rule
    about: list[str]


def rivals(rule: Rule, others: Sequence[Rule]) -> list[Rival]:
    """The rules that set something else than this one does, whatever they look at."""
    mine = dict(_sets(rule))
    found = []
    for other in others:
        about = [what for what, value in dict(_sets(other)).items() if what in mine and (what == "reply" or mine[what] != value)]
        if about and other.id != rule.id:
            found.append(Rival(other, about))
    return found


def meets(rule: Rule, past: Past) -> bool:
    """Whether a rule would have come at this moment as well."""
    kinds = _FIRST if past.trigger.kind in _FIRST else {past.trigger.kind}
    return any(one.kind in kinds and one.minutes == past.trigger.minutes for one in rule.terms.when)


def _sets(rule: Rule) -> Iterator[tuple[str, object]]:
    """What a rule sets, and to what."""
    for doing in rule.terms.steps:
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
            case step.Reply(html):
                yield "reply", html
            case step.Close() | step.Reopen() | step.Snooze():
                yield "state", doing
            case _:
                pass
