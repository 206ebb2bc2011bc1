"""Settings of macros: the list, and the page on which one is written, with its steps as rows and a preview on a real conversation."""

from msgspec import Struct
from starlette.responses import Response

from tillside.agents import actor
from tillside.agents import team as teams
from tillside.agents.access import Act
from tillside.base import rich_text
from tillside.base.errors import DeskError, NotAllowed, Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.edges.agent import guard, letters, macro_sheets, step_rows, using
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.step_rows import Row
from tillside.edges.agent.using import Deed
from tillside.edges.http.routes import Guarded
from tillside.macros import checking, known, step, texts
from tillside.macros import macro as macros
from tillside.macros.known import Known
from tillside.macros.macro import Macro
from tillside.targets import values as documents

_NEWEST = "select number from conversation where workspace_id = :w and state = 'open' order by sort_at desc, id desc limit 1"


class Draft(Struct, frozen=True):
    """What stands in the form. `scope`: "" for everybody, me, or the id of a team."""

    name: str
    text: str
    subject: str
    scope: str
    rows: list[Row]

    @property
    def html(self) -> str:
        """The text for the editor; `text` is for the plain field."""
        return step_rows.as_html(self.text)


class Preview(Struct, frozen=True):
    """How it reads in one conversation; `trouble` where that cannot be told."""

    number: str
    letter: letters.Letter | None = None
    deeds: list[Deed] = []
    trouble: str = ""


def routes() -> list[Guarded]:
    one = "/settings/macros/{macro_id}"
    return [
        guard.page("/settings/macros", index, allow=Act.ANSWER),
        guard.page("/settings/macros/new", new, allow=Act.ANSWER),
        guard.page("/settings/macros", add, allow=Act.ANSWER, methods=["POST"]),
        *macro_sheets.routes(),
        guard.page(one, show, allow=Act.ANSWER),
        guard.page(one, change, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/removal", remove, allow=Act.ANSWER, methods=["POST"]),
    ]


async def index(visit: Visit) -> Response:
    """``GET /settings/macros?q=``: those of this agent, found by every word of the name, the text or a step."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    words = visit.request.query_params.get("q", "").casefold().split()
    mine = await _every(visit)
    names = (await known.read(store, workspace_id, agent_id=visit.agent.id)).names
    does = {one.id: [step.said(each, names) for each in one.deeds] for one in mine}
    found = [one for one in mine if all(word in _sought(one, does[one.id]) for word in words)]
    my_teams = await teams.of_agent(store, workspace_id, visit.agent.id)
    return visit.page(
        "settings_macros.html",
        found=found,
        count=len(mine),
        q=" ".join(words),
        does=does,
        lately=await macros.lately(store, workspace_id),
        team_names={one.id: one.name for one in await teams.every(store, workspace_id)},
        mine={one.id for one in found if one.may_be_changed(visit.agent.id, my_teams, is_admin=visit.may(Act.ADMINISTER))},
    )


async def new(visit: Visit) -> Response:
    return await editor(visit)


async def show(visit: Visit) -> Response:
    return await editor(visit, one=await _one(visit))


async def add(visit: Visit) -> Response:
    """``POST /settings/macros`` with name, text, subject, scope and rows of steps; do: a button that changes the form and keeps nothing."""
    if visit.form.get("do"):
        return await editor(visit)
    try:
        async with visit.desk.store.write() as tx:
            there = await known.read(tx, visit.workspace.id, agent_id=visit.agent.id)
            steps = await checking.checked(tx, visit.workspace.id, step_rows.steps_of(step_rows.written(visit.form)), there)
            owner, team = await _scope(visit)
            name, subject, by = visit.form.get("name", ""), visit.form.get("subject", ""), actor.of_agent(visit.agent)
            await macros.add(tx, visit.workspace.id, name, _html(visit), owner_id=owner, team_id=team, subject=subject, steps=steps, by=by)
    except Refused as error:
        return await editor(visit, trouble=error)
    return visit.go("/settings/macros")


async def change(visit: Visit) -> Response:
    one = await _one(visit)
    if visit.form.get("do"):
        return await editor(visit, one=one)
    await _may_change(visit, one)
    try:
        async with visit.desk.store.write() as tx:
            there = await known.read(tx, visit.workspace.id, agent_id=visit.agent.id)
            steps = await checking.checked(tx, visit.workspace.id, step_rows.steps_of(step_rows.written(visit.form)), there, own=one.id)
            owner, team = await _scope(visit, one)
            name, subject = visit.form.get("name", ""), visit.form.get("subject", one.subject)
            await macros.change(tx, one, name=name, html=_html(visit), subject=subject, steps=steps, owner_id=owner, team_id=team)
    except Refused as error:
        return await editor(visit, one=one, trouble=error)
    return visit.go("/settings/macros")


async def remove(visit: Visit) -> Response:
    """``POST …/removal``: by whoever may change it."""
    one = await _one(visit)
    await _may_change(visit, one)
    async with visit.desk.store.write() as tx:
        await macros.remove(tx, one)
    return visit.go("/settings/macros")


async def editor(
    visit: Visit, *, one: Macro | None = None, trouble: Refused | None = None, text: str = "", found: list[str] | None = None, number: int = 0
) -> Response:
    """The page of one macro. `text` and `found`: what was turned into a macro, and the variables put in; `number`: its conversation."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    there = await known.read(store, workspace_id, agent_id=visit.agent.id)
    is_sent = visit.request.method == "POST" and "name" in visit.form
    draft = _typed(visit) if is_sent else _kept(one, there) if one else Draft("", step_rows.plain(text), "", "", [])
    my_teams = await teams.of_agent(store, workspace_id, visit.agent.id)
    is_admin = visit.may(Act.ADMINISTER)
    return visit.page(
        "macro.html",
        status=422 if trouble else 200,
        one=one,
        draft=draft,
        trouble=trouble,
        found=[texts.worded(name) for name in found or []],
        there=step_rows.Offer(there),
        kinds=step_rows.offered(there),
        scopes=[("", "Everybody"), ("me", "Only me"), *[(one.id, one.name) for one in there.teams if is_admin or one.id in my_teams]],
        names=_picker(),
        may_change=one is None or one.may_be_changed(visit.agent.id, my_teams, is_admin=is_admin),
        preview=await _preview(visit, draft, one, number),
    )


async def _every(visit: Visit) -> list[Macro]:
    """What this agent may use; an admin also looks after those of every team."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    own = await macros.of_agent(store, workspace_id, visit.agent.id)
    others = await macros.shared(store, workspace_id) if visit.may(Act.ADMINISTER) else []
    return sorted({one.id: one for one in [*own, *others]}.values(), key=lambda one: one.name.casefold())


def _typed(visit: Visit) -> Draft:
    form = visit.form
    rows = step_rows.moved(step_rows.written(form), form)
    return Draft(form.get("name", ""), form.get("text", ""), form.get("subject", ""), form.get("scope", ""), rows)


def _kept(one: Macro, there: Known) -> Draft:
    scope = "me" if one.owner_id else one.team_id
    return Draft(one.name, step_rows.plain(one.html), one.subject, scope, step_rows.drawn(one.steps, there))


async def _preview(visit: Visit, draft: Draft, one: Macro | None, number: int) -> Preview:
    """The conversation that was named, else the newest open one."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    said = visit.form.get("conversation", "").strip().removeprefix("#") or (str(number) if number else "")
    if not said:
        row = await store.one(_NEWEST, w=workspace_id)
        said = str(row[0]) if row else ""
    talk = await conversations.by_number(store, workspace_id, int(said)) if said.isascii() and said.isdigit() and len(said) < 12 else None
    if talk is None:
        return Preview(said, trouble=f"There is no conversation #{said[:12]}." if said else "There is no conversation to try it on yet.")
    try:
        letter = await letters.letter(store, visit.workspace, draft.html, talk, agent_name=visit.agent.name)
        first = [step.Subject(draft.subject.strip())] if draft.subject.strip() else []
        return Preview(said, letter if draft.html else None, await using.shown(visit, [*first, *step_rows.steps_of(draft.rows)], talk))
    except DeskError as error:
        return Preview(said, trouble=error.message)


async def _one(visit: Visit) -> Macro:
    """One this agent may use; an admin also looks after those of every team."""
    macro_id, store = visit.request.path_params["macro_id"], visit.desk.store
    try:
        return await macros.by_id(store, visit.workspace.id, macro_id, agent_id=visit.agent.id)
    except Unknown:
        if not visit.may(Act.ADMINISTER):
            raise
        return await macros.by_id(store, visit.workspace.id, macro_id)


async def _may_change(visit: Visit, one: Macro) -> None:
    mine = await teams.of_agent(visit.desk.store, visit.workspace.id, visit.agent.id)
    if not one.may_be_changed(visit.agent.id, mine, is_admin=visit.may(Act.ADMINISTER)):
        raise NotAllowed("Only who wrote it, or an admin, changes what everybody uses.")


async def _scope(visit: Visit, one: Macro | None = None) -> tuple[str, str]:
    """Whose it is: (agent, team), both "" for everybody. Raises Refused for a team that is not theirs."""
    said = visit.form.get("scope", "me" if visit.form.get("own") else "")
    if said == "me":
        return visit.agent.id, ""
    if said and (one is None or said != one.team_id) and not visit.may(Act.ADMINISTER):
        mine = await teams.of_agent(visit.desk.store, visit.workspace.id, visit.agent.id)
        if said not in mine:
            raise Refused("You are not in this team.", field="scope", hint="Choose one of yours.")
    if said:
        try:
            await teams.by_id(visit.desk.store, visit.workspace.id, said)
        except Unknown as error:
            raise Refused("There is no such team.", field="scope", hint="Choose one of the list.") from error
    return "", said


def _html(visit: Visit) -> str:
    return step_rows.as_html(visit.form.get("text", ""))


def _picker() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every value by group: how it is written, what it is called."""
    own = [(name, texts.worded(name)) for name in texts.NAMES]
    return [("Most used", own), ("Everything", [(one.path, one.words) for one in documents.NAMES])]


def _sought(one: Macro, does: list[str]) -> str:
    return f"{one.name} {rich_text.plain(one.html)} {' '.join(does)}".casefold()
