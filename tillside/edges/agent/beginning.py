"""Writing to a customer first, and the list of everything that was done to a conversation."""

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.conversations import answering, message, opening, trail
from tillside.conversations.opening import Opening
from tillside.customers import listing as people
from tillside.customers.listing import Line
from tillside.edges.agent import acts, guard, happened
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.events import contact

_STEPS = 200


def routes() -> list[Guarded]:
    return [
        guard.page("/conversations/new", ask, allow=Act.ANSWER),
        guard.page("/conversations", begin, allow=Act.ANSWER, methods=["POST"]),
        guard.page("/conversations/{conversation_id}/trail", story, allow=Act.READ),
    ]


async def ask(visit: Visit) -> Response:
    """``GET /conversations/new?email=``."""
    return await _page(visit, typed={"email": visit.request.query_params.get("email", "")[:254], "subject": "", "text": ""})


async def begin(visit: Visit) -> Response:
    """``POST /conversations`` with email, subject, text: a conversation by e-mail that we begin. Its customer is who holds that address."""
    typed = {name: visit.form.get(name, "").strip() for name in ("email", "subject", "text")}
    try:
        address = contact.email(typed["email"])
        if address is None:
            raise Refused(f"{typed['email'] or 'Nothing'} is not an e-mail address.", field="email", hint="Write it like ada@example.com.")
        if not typed["text"]:
            raise Refused("There is no text.", field="text", hint="Write what the customer is to read.")
        person = await _holder(visit, address)
        me = actor.of_agent(visit.agent)
        start = Opening(
            channel="email",
            subject=typed["subject"],
            source={"from": {"address": address, "name": person.name if person else ""}},
            profile_id=person.id if person else None,
            assignee_id=visit.agent.id,
        )
        async with visit.desk.store.write() as tx:
            talk = await opening.open(tx, visit.workspace.id, start, by=me)
            await answering.reply(tx, talk, message.said(typed["text"]), by=me)
    except Refused as error:
        return await _page(visit, typed=typed, trouble=error)
    return visit.go(f"/conversations/{talk.id}?view=mine")


async def story(visit: Visit) -> Response:
    """``GET /conversations/{id}/trail``: everything that was done, newest first, with what can still be taken back."""
    talk = await acts.meant(visit)
    steps = await trail.page(visit.desk.store, talk, count=_STEPS)
    lines = [(step, *happened.told(step), step.may_be_undone(stamps.now())) for step in steps]
    return visit.page("trail.html", talk=talk, lines=lines)


async def _holder(visit: Visit, address: str) -> Line | None:
    """The person with this address that somebody vouches for, else who typed it; None for nobody."""
    store, workspace = visit.desk.store, visit.workspace
    found = await people.named_by(store, workspace.id, address, region=workspace.region)
    known = await people.names(store, workspace.id, found)
    return next((line for line in known.values() if line.is_customer), next(iter(known.values()), None))


async def _page(visit: Visit, *, typed: dict[str, str], trouble: Refused | None = None) -> Response:
    return visit.page("conversation_new.html", status=422 if trouble else 200, typed=typed, trouble=trouble)
