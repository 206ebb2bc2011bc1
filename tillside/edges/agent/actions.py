"""Taking an action: the form it asks for, as a page and as a piece in a sheet, and the run it makes."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from tillside.actions import action as shelf
from tillside.actions import facts, form, runs
from tillside.actions import run as found
from tillside.actions.action import Action
from tillside.actions.form import Field, Purse
from tillside.actions.run import Run
from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.customers import person
from tillside.edges.agent import acts, buttons, format, guard, item_rows
from tillside.edges.agent.buttons import Place
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.item_rows import Row
from tillside.edges.http.routes import Guarded
from tillside.events import money
from tillside.orders import listing
from tillside.orders.order import Order
from tillside.targets.calls import Cause

INPUT = "input."
Given = dict[str, str | dict[str, str]]
"""What was typed: field → text, or key of a line → text."""
_SAYS = {
    "proposed": "waits for approval",
    "approved": "is under way",
    "running": "is under way",
    "done": "is done",
    "failed": "failed",
    "declined": "was declined",
}
_PAGES = ("/orders/", "/customers/", "/conversations/", "/approvals", "/settings/actions")


class Slot(Struct, frozen=True):
    """One field as the form shows it, with what was typed and what is wrong with it; lines of the order each have a row."""

    field: Field
    id: str
    name: str
    value: str
    trouble: str = ""
    rows: list[Row] = []
    total: int = 0


class About(Struct, frozen=True):
    """What an action is taken for, as the form names it."""

    talk: Conversation | None
    order: Order | None
    profile_id: str


def routes() -> list[Guarded]:
    return [
        guard.page("/actions/{action_id}", ask, allow=Act.ANSWER),
        guard.page("/actions/{action_id}/runs", take, allow=Act.ANSWER, methods=["POST"]),
        guard.page("/runs/{run_id}/retries", retry, allow=Act.ANSWER, methods=["POST"]),
    ]


async def ask(visit: Visit) -> Response:
    """``GET /actions/{id}?conversation=&order=&customer=&back=``: the form, or the reason why it does not apply here."""
    action = await _meant(visit)
    about = await _about(visit, dict(visit.request.query_params))
    return await _form(visit, action, about, stamps.token()[:24])


async def take(visit: Visit) -> Response:
    """``POST /actions/{id}/runs`` with token, conversation, order, customer, ``input.NAME`` for each field, ``input.NAME.KEY`` for a line."""
    action, since = await _meant(visit), stamps.now()
    about = await _about(visit, dict(visit.form))
    given = _given(visit, action)
    try:
        async with visit.desk.store.write() as tx:
            run = await runs.propose(
                tx,
                action,
                talk=about.talk,
                order=about.order,
                profile_id=about.profile_id or None,
                input=given,
                by=actor.of_agent(visit.agent),
                cause=Cause("button", action.id, action.name),
                token=visit.form.get("token", "")[:80],
            )
    except Refused as error:
        if not action.asks and acts.is_piece(visit):
            raise
        return await _form(visit, action, about, visit.form.get("token", ""), given=given, refused=error)
    return await answered(visit, run, about.talk, since)


async def retry(visit: Visit) -> Response:
    """``POST /runs/{id}/retries``: a failed one once more, under the same id."""
    run, since = await found.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["run_id"]), stamps.now()
    async with visit.desk.store.write() as tx:
        run = await runs.retry(tx, run, by=actor.of_agent(visit.agent))
    return await answered(visit, run, await talk_of(visit, run), since)


async def talk_of(visit: Visit, run: Run) -> Conversation | None:
    """The conversation a run was asked in, or the one that goes on for it."""
    if not run.conversation_id:
        return None
    return await conversations.current(visit.desk.store, await conversations.by_id(visit.desk.store, visit.workspace.id, run.conversation_id))


def back_of(visit: Visit, run: Run) -> str:
    """Where a plain form goes on to: the page it stood on, as far as that is one of ours, else what the run is about."""
    wanted = visit.form.get("back", "")
    if _is_ours(wanted):
        return wanted
    if run.conversation_id:
        return f"/conversations/{run.conversation_id}?view={acts.view_of(visit)}" + (f"&order={run.order_id}" if run.order_id else "")
    return f"/orders/{run.order_id}" if run.order_id else f"/customers/{run.profile_id}"


def words_of(run: Run) -> str:
    """``Refund of €12.50 for #10422 is under way``."""
    amount = f" of {format.money(run.amount, run.currency)}" if run.amount is not None else ""
    return f"{run.action_name}{amount}{f' for {run.order_name}' if run.order_name else ''} {_SAYS[run.state]}"


async def answered(visit: Visit, run: Run, talk: Conversation | None, since: int) -> Response:
    """A toast where a script asked, the way on where a plain form did."""
    if not acts.is_piece(visit):
        return visit.go(back_of(visit, run))
    if talk is not None:
        return await acts.answer(visit, talk, words_of(run), since=since)
    return visit.page("inbox/_acted.html", toast=acts.Toast(stamps.new_id("tst"), words_of(run), "", []))


def _is_ours(path: str) -> bool:
    return path.startswith(_PAGES) and "\\" not in path


async def _meant(visit: Visit) -> Action:
    return await shelf.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["action_id"])


async def _about(visit: Visit, said: dict[str, str]) -> About:
    """Raises Unknown for what is not this workspace's."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    talk = await conversations.by_id(store, workspace_id, said["conversation"]) if said.get("conversation") else None
    order = await listing.one(store, workspace_id, said["order"]) if said.get("order") else None
    profile_id = await person.root_of(store, workspace_id, said["customer"]) if said.get("customer") else ""
    return About(talk, order, profile_id)


def _given(visit: Visit, action: Action) -> Given:
    """The fields as they were typed; a checkbox sends its ``no`` first and then its ``yes``, so the last one counts."""
    said = {name.removeprefix(INPUT): value for name, value in visit.form.multi_items() if name.startswith(INPUT)}
    lines = item_rows.given(action.fields, said)
    return {name: value for name, value in said.items() if name.partition(".")[0] not in lines} | lines


async def _form(
    visit: Visit, action: Action, about: About, token: str, *, given: Given | None = None, refused: Refused | None = None
) -> Response:
    store = visit.desk.store
    seen = await facts.gather(store, visit.workspace.id, [action], talk=about.talk, order=about.order)
    why = facts.refusal(action, seen)
    purse = facts.purse(about.order, visit.workspace.currency)
    back = visit.request.query_params.get("back") or visit.form.get("back", "")
    place = Place(action.subject, about.talk, about.order, about.profile_id, back if _is_ours(back) else "")
    fields = action.fields
    typed: Given = {**form.beginning(fields, purse), **(given or {})}
    errors = form.checked(fields, given, purse).errors if given is not None else {}
    if refused is not None and (isinstance(refused, Conflict) or not errors):
        why = refused.message
    template = "inbox/_action.html" if acts.is_piece(visit) else "action.html"
    told: dict[str, Any] = {
        "action": action,
        "about": place.about,
        "order": about.order,
        "talk": about.talk,
        "token": token,
        "why": why,
        "slots": [_slot(one, typed.get(one.name, ""), errors.get(one.name, ""), purse) for one in fields],
        "purse": purse,
        "limit": action.limit,
        "came_from": place.back or _origin(about),
        "key": buttons.key_of(action),
        "places": money.exponent(purse.currency),
    }
    return visit.page(template, status=422 if refused else 200, **told)


def _slot(field: Field, value: str | dict[str, str], trouble: str, purse: Purse) -> Slot:
    name = f"{INPUT}{field.name}"
    if field.kind != "items":
        return Slot(field, f"input-{field.name}", name, str(value), trouble)
    rows = item_rows.of(field, purse, value if isinstance(value, dict) else {}, name=name)
    return Slot(field, f"input-{field.name}", name, "", trouble, rows, item_rows.total(rows))


def _origin(about: About) -> str:
    if about.talk:
        return f"/conversations/{about.talk.id}"
    return f"/orders/{about.order.id}" if about.order else f"/customers/{about.profile_id}"
