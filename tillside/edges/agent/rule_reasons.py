"""Why a rule ran in a conversation, from its trail; and why another did not, looked at now, row by row."""

from functools import partial
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.automations import explain, vocabulary
from tillside.automations import rule as rules
from tillside.automations.conditions import Row
from tillside.automations.explain import WhyNot
from tillside.automations.rule import Rule
from tillside.base import stamps
from tillside.conversations.conversation import Conversation
from tillside.edges.agent import acts, guard, rule_choices, rule_words
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.rule_choices import Choices
from tillside.edges.http.routes import Guarded
from tillside.projector import reading


class Seen(Struct, frozen=True):
    """One row of conditions and what stood there."""

    is_true: bool
    words: str
    seen: str


class Answer(Struct, frozen=True):
    """What keeps a rule from a conversation: reasons in sentences, then its blocks of rows. `when`: its triggers in words."""

    rule: Rule
    would: bool
    reasons: list[str]
    when: str
    blocks: list[list[Seen]]


def routes() -> list[Guarded]:
    return [guard.page("/conversations/{conversation_id}/rules", show, allow=Act.READ)]


async def show(visit: Visit) -> Response:
    """``GET /conversations/{id}/rules``; `rule` asks why that one did not run."""
    talk = await acts.meant(visit)
    store, workspace_id = visit.desk.store, visit.workspace.id
    every, choices = await rules.every(store, workspace_id), await rule_choices.of(visit)
    wanted = visit.request.query_params.get("rule", "")
    chosen = await rules.by_id(store, workspace_id, wanted) if wanted else None
    return visit.page(
        "conversation_rules.html",
        talk=talk,
        ran=await explain.why(store, talk),
        known={one.id for one in every},
        groups=[(word.label, [(one.id, one.name) for one in every if one.list == word.name]) for word in vocabulary.LISTS],
        chosen=chosen,
        answer=await _answer(visit, chosen, talk, choices) if chosen else None,
    )


async def _answer(visit: Visit, rule: Rule, talk: Conversation, choices: Choices) -> Answer:
    by_log = partial(reading.properties, visit.desk.entries)
    found: WhyNot = await explain.why_not(visit.desk.store, visit.workspace, rule, talk, at=stamps.now(), properties=by_log)
    when = rule_words.either([rule_words.lower(vocabulary.trigger_said(one, choices.names)) for one in rule.terms.when])
    return Answer(rule, found.would, found.reasons, when, [[_seen(row, choices) for row in rows] for rows in found.verdict.blocks])


def _seen(row: Row, choices: Choices) -> Seen:
    fact = choices.facts.get(row.condition.path)
    words: dict[str, Any] = choices.names
    said = ", ".join(rule_words.value_of(one, fact, words) for one in row.seen.split(", ")) if row.seen else ""
    return Seen(row.is_true, rule_words.condition(row.condition, words, choices.facts), said)
