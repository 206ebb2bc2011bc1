"""Who is here: what a screen shows, whether somebody is available, and the notes that call somebody."""

from starlette.responses import Response

from tillside.agents import presence
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Unknown
from tillside.conversations import company, inbox, participants
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.edges.agent import acts, alerts, approvals, doors, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.feeds.whispers import Whisper
from tillside.messenger import shelf

_LUNCH = 45 * stamps.MINUTE


def routes() -> list[Guarded]:
    return [
        guard.page("/watching", watch, allow=Act.READ, methods=["POST"]),
        guard.page("/typing", type_, allow=Act.ANSWER, methods=["POST"]),
        guard.page("/availability", say, allow=Act.READ, methods=["POST"]),
        guard.page("/mentions/count", count, allow=Act.READ),
        guard.page("/mentions/completion", complete, allow=Act.READ, methods=["POST"]),
    ]


async def watch(visit: Visit) -> Response:
    """``POST /watching`` with conversation (empty for none), doing: looking or writing, and read: the time of the newest message on
    the screen. A screen says so every twenty seconds, and when something changes.
    """
    found = await _meant(visit)
    doing: company.Doing = "writing" if visit.form.get("doing") == "writing" else "looking"
    read = visit.form.get("read", "")
    async with visit.desk.store.write() as tx:
        await company.see(tx, visit.workspace.id, visit.agent.id, found.id if found else "", doing)
        await presence.see(tx, visit.workspace.id, visit.agent.id)
        if found and found.channel == "messenger" and read.isascii() and read.isdigit() and len(read) < 19:
            await shelf.read_up_to(tx, found, "shop", min(int(read), found.last_message_at or 0))
    return Response(status_code=204)


async def type_(visit: Visit) -> Response:
    """``POST /typing`` with conversation and is: on or off. Heard by the shopper who looks at this moment, and kept nowhere."""
    found = await _meant(visit)
    if found is not None:
        is_on = visit.form.get("is") != "off"
        await visit.desk.whispers.tell(Whisper(visit.workspace.id, found.id, "shop", visit.agent.name, is_on))
    return Response(status_code=204)


async def _meant(visit: Visit) -> Conversation | None:
    """The conversation of the form; None when it names none, or one that is gone."""
    wanted = visit.form.get("conversation", "")
    try:
        return await conversations.by_id(visit.desk.store, visit.workspace.id, wanted) if wanted else None
    except Unknown:
        return None


async def say(visit: Visit) -> Response:
    """``POST /availability`` with state: available, away, or lunch for three quarters of an hour."""
    said = visit.form.get("state", "")
    until = stamps.now() + _LUNCH if said == "lunch" else None
    async with visit.desk.store.write() as tx:
        await presence.say(tx, visit.workspace.id, visit.agent.id, "available" if said == "available" else "away", until=until)
    if not acts.is_piece(visit):
        return visit.go(doors.inside(visit.form.get("back", "")))
    words = {"available": "You are available", "lunch": "You are away for 45 minutes"}.get(said, "You are away")
    toast = acts.Toast(stamps.new_id("tst"), words, "", [])
    return visit.page("inbox/_acted.html", toast=toast)


async def count(visit: Visit) -> Response:
    """``GET /mentions/count``: what the bell says, as text: how many notes call this agent, how many runs wait for their word, and how many
    targets want to be looked after."""
    badges = await inbox.badges(visit.desk.store, visit.workspace.id, visit.agent.id)
    said = badges.mentions + await approvals.mine(visit) + await alerts.count(visit)
    return Response(str(said), headers={"Cache-Control": "no-store"}, media_type="text/plain")


async def complete(visit: Visit) -> Response:
    """``POST /mentions/completion`` with conversation: its notes that call this agent were looked at."""
    wanted = visit.form.get("conversation", "")
    found = await conversations.by_id(visit.desk.store, visit.workspace.id, wanted)
    open_ones = await participants.open_mentions(visit.desk.store, visit.workspace.id, visit.agent.id, found.id)
    async with visit.desk.store.write() as tx:
        await participants.done_with_mention(tx, visit.workspace.id, visit.agent.id, open_ones)
    if not acts.is_piece(visit):
        return visit.go("/inbox?view=mentions")
    return await acts.answer(visit, found, f"#{found.number} is done", since=stamps.now(), moves=visit.form.get("view") == "mentions")
