"""The editor of a rule: a sentence with blanks, what it would have done, and saving it.

Every button that changes rows sends the whole form to ``/rules/drafts`` and gets it back; nothing is stored until it is saved. Saving leads
over the simulation: what was not simulated as it stands is saved only by the button that says so.
"""

from functools import partial
from typing import get_args

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.automations import rule as rules
from tillside.automations import simulate, vocabulary
from tillside.automations.rule import Rule
from tillside.automations.terms import ListName, Terms
from tillside.base import stamps
from tillside.base.errors import NotAllowed, Outdated, Refused, Unknown
from tillside.edges.agent import acts, guard, rule_choices, rule_form, rule_lines, rule_past, rule_terms, rule_trial, rule_words
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.rule_blanks import Problem, Problems
from tillside.edges.agent.rule_choices import Choices
from tillside.edges.agent.rule_examples import EMPTY, EXAMPLES, FRESH
from tillside.edges.agent.rule_form import Draft
from tillside.edges.agent.rule_trial import Trial
from tillside.edges.http.routes import Guarded
from tillside.projector import reading


class Notice(Struct, frozen=True):
    tone: str
    title: str
    says: str


def routes() -> list[Guarded]:
    return [
        guard.page("/rules/new", new, allow=Act.CONNECT),
        guard.page("/rules/drafts", reshape, allow=Act.CONNECT, methods=["POST"]),
        guard.page("/rules/simulations", try_out, allow=Act.CONNECT, methods=["POST"]),
        guard.page("/rules", add, allow=Act.CONNECT, methods=["POST"]),
        guard.page("/rules/{rule_id}", show, allow=Act.READ),
        guard.page("/rules/{rule_id}", change, allow=Act.CONNECT, methods=["POST"]),
    ]


async def new(visit: Visit) -> Response:
    """``GET /rules/new?list=tagging``; with `example` the ready one of that list."""
    asked = visit.request.query_params
    name = _list_name(asked.get("list", "tagging"))
    example = EXAMPLES[name]
    if asked.get("example") != example.key:
        return await _page(visit, EMPTY[name])
    draft = example.draft
    team = next(
        (one for one, called in (await rule_choices.of(visit)).teams if example.team and example.team.casefold() in called.casefold()), ""
    )
    if team:
        steps = [replace(row, said=row.said | {"team": (team,)}) if row.kind == "assign_by" else row for row in draft.steps]
        draft = replace(draft, steps=steps)
    return await _page(visit, draft)


async def show(visit: Visit) -> Response:
    """``GET /rules/{id}``: to be changed by those who may, else to be read."""
    one = await rules.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["rule_id"])
    choices = await rule_choices.of(visit)
    return await _page(visit, rule_terms.drafted(one, choices), rule=one, choices=choices, saved="saved" in visit.request.query_params)


async def reshape(visit: Visit) -> Response:
    """``POST /rules/drafts``: the form with rows added, taken out or moved (`act`), or with the blanks of another kind."""
    before, rule = rule_form.read(visit.form), await _behind(visit)
    draft = rule_form.acted(before, visit.form.get("act", ""), fresh=FRESH)
    choices = await rule_choices.of(visit)
    spot = rule_form.spot(visit.form.get("act", ""), draft) if draft != before else ""
    return await _page(visit, draft, rule=rule, choices=choices, focus=spot, piece="rules/_reshaped.html")


async def try_out(visit: Visit) -> Response:
    """``POST /rules/simulations``: what it would have done; act=all lists every match. Nothing is sent or changed."""
    draft, rule, choices = rule_form.read(visit.form), await _behind(visit), await rule_choices.of(visit)
    read = rule_terms.terms(draft, choices)
    wrong = {place: problem for place, problem in read.problems.items() if place != "name"}
    if wrong:
        return await _page(visit, draft, rule=rule, choices=choices, problems=wrong, piece="rules/_editor.html")
    is_whole = visit.form.get("act") == "all"
    found = await _tried(visit, draft, read.terms, rule, choices, count=rule_trial.ALL if is_whole else rule_trial.FEW)
    return await _page(visit, draft, rule=rule, choices=choices, trial=found, show_all=is_whole, piece="rules/_editor.html")


async def add(visit: Visit) -> Response:
    """``POST /rules`` with the sentence; act=unseen saves what was not simulated."""
    return await _save(visit, None)


async def change(visit: Visit) -> Response:
    """``POST /rules/{id}``, the same."""
    return await _save(visit, await rules.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["rule_id"]))


async def _save(visit: Visit, rule: Rule | None) -> Response:
    draft, choices = rule_form.read(visit.form), await rule_choices.of(visit)
    read = rule_terms.terms(draft, choices)
    if read.problems:
        return await _page(visit, draft, rule=rule, choices=choices, problems=read.problems, status=422)
    if visit.form.get("act") != "unseen" and visit.form.get("seen") != rule_trial.digest(_list_name(draft.list), read.terms):
        found = await _tried(visit, draft, read.terms, rule, choices, count=rule_trial.FEW)
        notice = Notice("warn", "Not saved yet", "This is what it would have done as it stands now. Look at it, then save it.")
        return await _page(visit, draft, rule=rule, choices=choices, trial=found, notice=notice)
    try:
        made = await _kept(visit, draft, read.terms, rule)
    except Refused as error:
        return await _refused(visit, error, draft, rule, choices)
    return visit.go(f"/rules/{made.id}?saved=1")


async def _kept(visit: Visit, draft: Draft, terms: Terms, rule: Rule | None) -> Rule:
    async with visit.desk.store.write() as tx:
        if rule is None:
            return await rules.add(tx, visit.workspace.id, _list_name(draft.list), draft.name, terms, live=draft.is_live)
        return await rules.change(tx, rule, name=draft.name, terms=terms, version=draft.version)


async def _refused(visit: Visit, error: Refused, draft: Draft, rule: Rule | None, choices: Choices) -> Response:
    """Everything that was typed is kept; what is wrong stands beside its row, or over the form."""
    if isinstance(error, Outdated):
        says = (
            "Somebody saved this rule while you wrote. What you typed is kept here. Open the rule in another tab and repeat the change there."
        )
        return await _page(visit, draft, rule=rule, choices=choices, notice=Notice("bad", "Not saved", says), status=409)
    place = _place(error.field)
    problems: Problems = {place: Problem(error.message, error.hint)} if place else {}
    notice = None if place else Notice("bad", "Not saved", f"{error.message} {error.hint} What you typed is kept.")
    return await _page(visit, draft, rule=rule, choices=choices, problems=problems, notice=notice, status=422)


def _place(field: str) -> str:
    """The row a field of the terms stands in: ``blocks.0.1.value`` → ``if-0-1``. "" for none."""
    first, *rest = field.split(".")
    numbers = [part for part in rest if part.isdecimal()]
    places = {"when": ("when", 1), "blocks": ("if", 2), "steps": ("do", 1)}
    if first in places and len(numbers) >= places[first][1]:
        return "-".join([places[first][0], *numbers[: places[first][1]]])
    return field if field in ("name", "when", "steps") else ""


async def _tried(visit: Visit, draft: Draft, terms: Terms, rule: Rule | None, choices: Choices, *, count: int) -> Trial:
    store, home = visit.desk.store, visit.workspace
    drafted = rules.drafted(home.id, _list_name(draft.list), draft.name, terms)
    meant = replace(rule, terms=terms) if rule else drafted
    every = await rules.every(store, home.id)
    by_log = simulate.Reading(partial(reading.properties, visit.desk.entries))
    found = await simulate.outlook(store, home, meant, at=stamps.now(), count=count, reading=by_log)
    return rule_trial.trial(found, meant, every, choices.names)


async def _behind(visit: Visit) -> Rule | None:
    """The rule a draft is about; None for a new one."""
    said = visit.form.get("rule", "")
    return await rules.by_id(visit.desk.store, visit.workspace.id, said) if said else None


def _list_name(said: str) -> ListName:
    """Raises Unknown."""
    found: ListName | None = next((one for one in get_args(ListName) if one == said), None)
    if found is None:
        raise Unknown("There is no such list of rules.")
    return found


async def _page(
    visit: Visit,
    draft: Draft,
    *,
    rule: Rule | None = None,
    choices: Choices | None = None,
    problems: Problems | None = None,
    trial: Trial | None = None,
    notice: Notice | None = None,
    status: int = 200,
    piece: str = "",
    focus: str = "",
    show_all: bool = False,
    saved: bool = False,
) -> Response:
    """The page, or for a script the `piece` of it that changed."""
    known = choices or await rule_choices.of(visit)
    word = next(one for one in vocabulary.LISTS if one.name == _list_name(draft.list))
    wrong = problems or {}
    terms = rule_terms.sketched(draft, known)
    told = {
        "draft": draft,
        "rule": rule,
        "form": rule_lines.sentence(draft, known, wrong),
        "reads": rule_words.aloud(terms, known.names, known.facts),
        "reading": rule_words.clauses(terms, known.names, known.facts),
        "list_title": word.label,
        "law": word.law,
        "where": await _where(visit, rule),
        "trial": trial,
        "show_all": show_all,
        "notice": notice,
        "may_change": visit.may(Act.CONNECT),
        "focus": focus,
        "said": _count(wrong),
        "saved": saved,
        "past": await rule_past.of(visit, rule) if rule else None,
    }
    template = piece if piece and acts.is_piece(visit) else "rule.html"
    return visit.page(template, status=200 if template == piece else status, **told)


def _count(wrong: Problems) -> str:
    """What a screen reader hears when something has to be mended."""
    return f"{len(wrong)} to mend." if wrong else ""


async def _where(visit: Visit, rule: Rule | None) -> str:
    if rule is None:
        return "New rule"
    mates = [one.id for one in await rules.every(visit.desk.store, visit.workspace.id) if one.list == rule.list]
    if rule.id not in mates:
        raise NotAllowed("The rule was removed meanwhile.")
    return f"{mates.index(rule.id) + 1} of {len(mates)}"
