"""The composer of a conversation: the draft, the files beside it, whom it goes to."""

from msgspec import Struct

from tillside.base import rich_text, stamps
from tillside.conversations import drafts, participants, uploads
from tillside.conversations.attachments import Attachment
from tillside.conversations.conversation import MAIL, Conversation
from tillside.edges.agent import channels
from tillside.edges.agent.guard import Visit


class Written(Struct, frozen=True):
    """What stands in the composer."""

    mode: str
    html: str
    text: str
    updated_at: int
    files: list[Attachment]


async def composer(visit: Visit, talk: Conversation, *, known: int, trouble: str = "", text: str = "", mode: str = "") -> dict[str, object]:
    """What the composer is drawn from. `text`: what was just typed and not taken, which outweighs the draft."""
    store, workspace_id, me = visit.desk.store, visit.workspace.id, visit.agent.id
    draft = await drafts.find(store, workspace_id, talk.id, me)
    files = await uploads.beside(store, workspace_id, talk.id, me)
    html = rich_text.from_plain(text) if text else draft.html if draft else ""
    written = Written(mode or (draft.mode if draft else "reply"), html, rich_text.plain(html), draft.updated_at if draft else 0, files)
    source, is_mail = talk.source.get("from", {}), talk.channel in MAIL
    others = await participants.of_conversation(store, workspace_id, talk.id) if is_mail else []
    return {
        "draft": written,
        "known": known,
        "once": stamps.token()[:24],
        "trouble": trouble,
        "recipient": source.get("address", "") if is_mail else "",
        "is_mail": is_mail,
        "copies": ", ".join(one.address for one in others if one.role == "cc"),
        "cc": visit.form.get("cc", "") if trouble else "",
        "sender": talk.source.get("to", {}).get("address", "") or channels.name(talk.channel),
        "signature": "",
    }
