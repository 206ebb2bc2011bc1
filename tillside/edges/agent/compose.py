"""The composer of a conversation: the draft, the files beside it, whom it goes to."""

from msgspec import Struct

from tillside.agents import actor
from tillside.base import rich_text, stamps
from tillside.base.errors import Refused, Unknown
from tillside.conversations import drafts, participants, uploads
from tillside.conversations.attachments import Attachment
from tillside.conversations.conversation import MAIL, Conversation
from tillside.edges.agent import by_hand, channels, letters, using
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.using import Deed
from tillside.macros import macro as macros
from tillside.macros import steps


class Written(Struct, frozen=True):
    """What stands in the composer."""

    mode: str
    html: str
    text: str
    updated_at: int
    files: list[Attachment]


class Use(Struct, frozen=True):
    """A macro that was chosen by a link: its text, and what it does; `meant`: the marks of what was not left out."""

    id: str
    html: str
    deeds: list[Deed]
    meant: list[str]


async def composer(visit: Visit, talk: Conversation, *, known: int, trouble: str = "", text: str = "", mode: str = "") -> dict[str, object]:
    """What the composer is drawn from. `text`: what was just typed and not taken, which outweighs the draft."""
    store, workspace_id, me = visit.desk.store, visit.workspace.id, visit.agent.id
    draft = await drafts.find(store, workspace_id, talk.id, me)
    files = await uploads.beside(store, workspace_id, talk.id, me)
    use = await _use(visit, talk, is_back=bool(trouble))
    html = rich_text.from_plain(text) if text else use.html if use else draft.html if draft else ""
    written = Written(mode or (draft.mode if draft else "reply"), html, rich_text.plain(html), draft.updated_at if draft else 0, files)
    source, is_mail = talk.source.get("from", {}), talk.channel in MAIL
    others = await participants.of_conversation(store, workspace_id, talk.id) if is_mail else []
    return {
        "draft": written,
        "known": known,
        "once": stamps.token()[:24],
        "trouble": trouble,
        "use": use,
        "recipient": source.get("address", "") if is_mail else "",
        "is_mail": is_mail,
        "copies": ", ".join(one.address for one in others if one.role == "cc"),
        "cc": visit.form.get("cc", "") if trouble else "",
        "sender": talk.source.get("to", {}).get("address", "") or channels.name(talk.channel),
        "signature": "",
        "targets": await by_hand.offered(visit),
    }


async def _use(visit: Visit, talk: Conversation, *, is_back: bool) -> Use | None:
    """The macro of ``?macro=``, for whoever has no script; or that of a form that came back, with what was left out of it."""
    wanted = visit.form.get("macro", "") if is_back else visit.request.query_params.get("macro", "")
    if not wanted:
        return None
    try:
        one = await macros.by_id(visit.desk.store, visit.workspace.id, wanted, agent_id=visit.agent.id)
        whole = await steps.unfolded(visit.desk.store, one, by=actor.of_agent(visit.agent))
    except (Refused, Unknown):
        return None
    filled = await letters.letter(visit.desk.store, visit.workspace, whole.html, talk, agent_name=visit.agent.name)
    deeds = await using.shown(visit, whole.steps, talk)
    meant = visit.form.getlist("step") if visit.form.get("steps") else [each.mark for each in deeds if not each.is_off]
    return Use(one.id, filled.html, deeds, meant)
