"""Why a rule fired: what it did last and what it saw, for its page."""

from msgspec import Struct

from tillside.automations import past
from tillside.automations.past import Done
from tillside.automations.rule import Rule
from tillside.edges.agent.guard import Visit

_FEW = 5


class Past(Struct, frozen=True):
    """The last applications, newest first."""

    done: list[Done]


async def of(visit: Visit, rule: Rule) -> Past:
    """Asked only of a rule that ran."""
    if not rule.runs:
        return Past([])
    return Past(await past.of_rule(visit.desk.store, visit.workspace.id, rule.id, count=_FEW))
