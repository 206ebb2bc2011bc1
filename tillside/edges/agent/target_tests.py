"""Trying a target out: really sent, once, with the values of a real conversation; shown with request and answer. Also before it is saved."""

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.edges.agent import guard, target_page, target_preview
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.targets import calls, trial
from tillside.targets.target import Draft, Target
from tillside.targets.trial import Trial


def routes() -> list[Guarded]:
    return [guard.page("/targets/{target_id}/tests", try_out, allow=Act.CONNECT, methods=["POST"])]


async def try_out(visit: Visit) -> Response:
    """``POST /targets/{id}/tests`` with number, a conversation's, none means the newest; and call, the id its form was drawn with. Answered
    when the other side has; the same form sent again leads to its first test, also while that is under way."""
    one, call_id = await target_page.chosen(visit), calls.form_id(visit.form.get("call", ""))
    try:
        made = await run(visit, one, visit.form.get("number", ""), call_id=call_id)
    except trial.Begun:
        return visit.go(f"/targets/{one.id}?call={call_id}&tab=answer")
    return visit.go(f"/targets/{one.id}" + (f"?call={made.call.id}&tab=answer" if made.call else ""))


async def run(visit: Visit, one: Target, number: str, *, draft: Draft | None = None, call_id: str = "") -> Trial:
    """Sent now; nothing is written into the conversation whose values it takes. `draft`: as a form has it. Raises Refused."""
    talk = await target_preview.meant(visit, number)
    known = await target_preview.of(visit, talk)
    return await trial.run(visit.desk.store, visit.desk.caller, one, known, by=actor.of_agent(visit.agent), draft=draft, call_id=call_id)
