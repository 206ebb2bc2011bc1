"""Settings: the actions of a workspace, declared once; how one would go for an order, and every run there was."""

import msgspec
from msgspec import Struct
from starlette.responses import Response

from tillside.actions import action as shelf
from tillside.actions import facts, form, items, moves
from tillside.actions import run as runs
from tillside.actions.action import Action
from tillside.agents.access import Act
from tillside.base.errors import DeskError, Refused, Unknown
from tillside.edges.agent import action_drafts, guard, keyset
from tillside.edges.agent.action_drafts import Typed
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.orders import listing
from tillside.orders.order import Order
from tillside.targets import request as requests
from tillside.targets import target as targets
from tillside.targets import values
from tillside.targets.request import Request

_PAGE = 50
_RUN = "run_00000000000000000000000000"
"""What stands for the run's id where nothing is sent."""


class Trial(Struct, frozen=True):
    """How an action would go for one order, without going. `why`: why it does not apply, or could not be tried."""

    number: str
    order: Order | None = None
    why: str = ""
    made: Request | None = None


def routes() -> list[Guarded]:
    one = "/settings/actions/{action_id}"
    return [
        guard.page("/settings/actions", index, allow=Act.ADMINISTER),
        guard.page("/settings/actions", add, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page("/settings/actions/new", new, allow=Act.ADMINISTER),
        guard.page("/settings/actions/runs", history, allow=Act.ADMINISTER),
        guard.page(one, show, allow=Act.ADMINISTER),
        guard.page(one, change, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page(one + "/removal", remove, allow=Act.ADMINISTER, methods=["POST"]),
        guard.page(one + "/trial", try_out, allow=Act.ADMINISTER),
    ]


async def index(visit: Visit) -> Response:
    """``GET /settings/actions``."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    named = {one.id: one for one in await targets.every(store, workspace_id)}
    lately = await runs.page(store, workspace_id, count=8)
    return visit.page("settings_actions.html", known=await shelf.every(store, workspace_id), targets=named, lately=lately)


async def new(visit: Visit) -> Response:
    return await _page(visit, action_drafts.plain(visit.workspace.currency))


async def show(visit: Visit) -> Response:
    one = await _meant(visit)
    return await _page(visit, action_drafts.shown(one.plan, visit.workspace.currency), one=one)


async def add(visit: Visit) -> Response:
    """``POST /settings/actions`` with everything of the form; see action_drafts.Typed."""
    said = action_drafts.typed(visit.form)
    try:
        async with visit.desk.store.write() as tx:
            await targets.by_id(tx, visit.workspace.id, said.target_id)
            one = await shelf.add(tx, visit.workspace.id, action_drafts.plan(said))
    except (Refused, Unknown) as error:
        return await _page(visit, said, trouble=_refused(error))
    return visit.go(f"/settings/actions/{one.id}")


async def change(visit: Visit) -> Response:
    one = await _meant(visit)
    said = action_drafts.typed(visit.form)
    try:
        async with visit.desk.store.write() as tx:
            await targets.by_id(tx, visit.workspace.id, said.target_id)
            held = msgspec.structs.replace(one, version=int(visit.form.get("version", "0")) if visit.form.get("version", "").isdecimal() else 0)
            await shelf.change(tx, held, action_drafts.plan(said))
    except (Refused, Unknown) as error:
        return await _page(visit, said, one=one, trouble=_refused(error))
    return visit.go(f"/settings/actions/{one.id}")


async def remove(visit: Visit) -> Response:
    one = await _meant(visit)
    async with visit.desk.store.write() as tx:
        await shelf.remove(tx, one)
    return visit.go("/settings/actions")


async def try_out(visit: Visit) -> Response:
    """``GET /settings/actions/{id}/trial?number=``: whether it applies to that order, and what would be sent. Nothing is sent."""
    one = await _meant(visit)
    trial = await _trial(visit, one, visit.request.query_params.get("number", "").strip()[:100])
    return await _page(visit, action_drafts.shown(one.plan, visit.workspace.currency), one=one, trial=trial)


async def history(visit: Visit) -> Response:
    """``GET /settings/actions/runs?state=&before=``: who took which action when, with what, and what came of it."""
    state = visit.request.query_params.get("state", "")
    state = state if state in runs.STATES else ""
    before = keyset.text(visit.request)
    found = await runs.page(visit.desk.store, visit.workspace.id, state=state, before=before[-1] if before else "", count=_PAGE + 1)
    further = keyset.word(found[_PAGE - 1].created_at, found[_PAGE - 1].id) if len(found) > _PAGE else ""
    return visit.page("settings_action_runs.html", runs=found[:_PAGE], further=further, state=state, states=runs.STATES)


async def _meant(visit: Visit) -> Action:
    return await shelf.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["action_id"])


async def _trial(visit: Visit, one: Action, number: str) -> Trial:
    store, workspace_id = visit.desk.store, visit.workspace.id
    ids = await listing.find(store, workspace_id, number) if number else []
    if not ids:
        return Trial(number, why="There is no such order. Write its number, or a tracking number.")
    order = await listing.one(store, workspace_id, ids[0])
    seen = await facts.gather(store, workspace_id, [one], talk=None, order=order)
    purse = facts.purse(order)
    everything = {field.name: items.ALL for field in one.fields if field.kind == "items"}
    said = form.checked(one.fields, form.beginning(one.fields, purse) | everything, purse)
    try:
        target = await targets.by_id(store, workspace_id, one.target_id)
        given = moves.filled(one, said.values, purse.currency, _RUN)
        told = await values.of(
            store, visit.workspace, None, origin=visit.desk.public_url, order=order, agent_name=visit.agent.name, given=given
        )
        made = moves.keyed(requests.of(target, told), _RUN)
    except DeskError as error:
        return Trial(number, order, error.message)
    return Trial(number, order, facts.refusal(one, seen), made)


async def _page(
    visit: Visit, said: Typed, *, one: Action | None = None, trouble: Refused | None = None, trial: Trial | None = None
) -> Response:
    return visit.page(
        "settings_action.html",
        status=422 if trouble else 200,
        one=one,
        typed=said,
        trouble=trouble,
        trouble_at=action_drafts.trouble_at(trouble) if trouble else "",
        targets=[(target.id, target.name) for target in await targets.every(visit.desk.store, visit.workspace.id)],
        subjects=action_drafts.SUBJECTS,
        kinds=action_drafts.KINDS,
        condition_kinds=action_drafts.CONDITIONS,
        icons=action_drafts.ICONS,
        keys=[(str(number), str(number)) for number in range(1, 10)],
        trial=trial,
    )


def _refused(error: Refused | Unknown) -> Refused:
    if isinstance(error, Refused):
        return error
    return Refused("Choose the target that does it.", field="target_id", hint="Make an HTTP target first if there is none.")
