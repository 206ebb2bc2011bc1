"""Rules: the three lists, their order, live or paused. What one rule says is written in rule_editor.py."""

from msgspec import Struct
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.automations import rule as rules
from tillside.automations import vocabulary
from tillside.automations.rule import Rule
from tillside.automations.vocabulary import ListWord
from tillside.edges.agent import acts, guard, rule_choices, rule_words
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.rule_choices import Choices
from tillside.edges.agent.rule_examples import EXAMPLES, Example
from tillside.edges.http.routes import Guarded

_EMPTY = {
    "assignment": "Nothing is assigned by a rule yet.",
    "tagging": "Nothing is tagged by a rule yet.",
    "reply": "No rule answers or closes yet.",
}


class Line(Struct, frozen=True):
    """One rule of a list, read aloud."""

    id: str
    name: str
    says: str
    is_live: bool
    runs: int
    last_run_at: int | None


class Shown(Struct, frozen=True):
    """One list. `said`: what a screen reader is told after something moved."""

    key: str
    title: str
    how: str
    empty: str
    example: Example
    rules: list[Line]
    said: str = ""


def routes() -> list[Guarded]:
    one = "/rules/{rule_id}"
    return [
        guard.page("/rules", index, allow=Act.READ),
        guard.page(one + "/place", place, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/switch", switch, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/copies", copy, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/removal", remove, allow=Act.CONNECT, methods=["POST"]),
    ]


async def index(visit: Visit) -> Response:
    """``GET /rules``; `removed` after one was."""
    every = await rules.every(visit.desk.store, visit.workspace.id)
    choices = await rule_choices.of(visit)
    lists = [_shown(word, every, choices) for word in vocabulary.LISTS]
    return visit.page("rules.html", lists=lists, count=len(every), removed="removed" in visit.request.query_params)


async def place(visit: Visit) -> Response:
    """``POST /rules/{id}/place`` with to: its new place in its list, counted from 1."""
    one = await meant(visit)
    said = visit.form.get("to", "")
    to = int(said) if said.isdecimal() and len(said) < 5 else one.position
    async with visit.desk.store.write() as tx:
        await rules.move(tx, one, max(to, 1) - 1)
    return await _list(visit, one, "{name} is now {place} of {count}.")


async def switch(visit: Visit) -> Response:
    """``POST /rules/{id}/switch`` with live: 1 or 0; back=rule leads to the rule again."""
    one = await meant(visit)
    async with visit.desk.store.write() as tx:
        await rules.set_live(tx, one, visit.form.get("live") == "1")
    if visit.form.get("back") == "rule":
        return visit.go(f"/rules/{one.id}")
    return await _list(visit, one, "{name} is live." if visit.form.get("live") == "1" else "{name} is paused.")


async def copy(visit: Visit) -> Response:
    """``POST /rules/{id}/copies``: the same once more at the end of its list, paused."""
    one = await meant(visit)
    async with visit.desk.store.write() as tx:
        made = await rules.add(tx, one.workspace_id, one.list, f"{one.name[:110]} (copy)", one.terms)
    return visit.go(f"/rules/{made.id}")


async def remove(visit: Visit) -> Response:
    one = await meant(visit)
    async with visit.desk.store.write() as tx:
        await rules.remove(tx, one)
    return visit.go("/rules?removed=1")


async def meant(visit: Visit) -> Rule:
    """The rule of the address. Raises Unknown."""
    return await rules.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["rule_id"])


async def _list(visit: Visit, one: Rule, said: str) -> Response:
    """The list a rule stands in as it is now; the whole page for a plain form."""
    if not acts.is_piece(visit):
        return visit.go(f"/rules#list-{one.list}")
    every = await rules.every(visit.desk.store, visit.workspace.id)
    word = next(word for word in vocabulary.LISTS if word.name == one.list)
    mates = [each.id for each in every if each.list == one.list]
    told = said.format(name=one.name, place=mates.index(one.id) + 1, count=len(mates))
    return visit.page("rules/_list.html", list=_shown(word, every, await rule_choices.of(visit), told))


def _shown(word: ListWord, every: list[Rule], choices: Choices, said: str = "") -> Shown:
    lines = [
        Line(one.id, one.name, rule_words.aloud(one.terms, choices.names, choices.facts), one.is_live, one.runs, one.last_run_at)
        for one in every
        if one.list == word.name
    ]
    return Shown(word.name, word.label, word.law, _EMPTY[word.name], EXAMPLES[word.name], lines, said)
