"""The command bar's finds: conversations by number, people by name or e-mail, orders by number. Places are cheap and always there."""

from msgspec import Struct
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.conversations import conversation as conversations
from tillside.conversations import inbox
from tillside.conversations.conversation import Conversation
from tillside.customers import listing as people
from tillside.edges.agent import acts, channels, customers, format, guard, search
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.orders import listing as orders

_MOST = 6


class Found(Struct, frozen=True):
    """One line: quiet words, the thing, quiet words, what stands at the end. `open`: a conversation's id."""

    icon: str
    href: str
    before: str
    what: str
    after: str
    end: str
    open: str = ""


def routes() -> list[Guarded]:
    return [guard.page("/command", find, allow=Act.READ)]


async def find(visit: Visit) -> Response:
    """``GET /command?q=``: what these words mean, in three groups; a page of its own where no script asks."""
    said = " ".join(visit.request.query_params.get("q", "").split())[:200]
    groups = await _groups(visit, said) if said else []
    if acts.is_piece(visit):
        return visit.page("inbox/_found.html", groups=groups)
    return visit.page("command.html", groups=groups, said=said, found=any(group for _, group in groups[:-1]))


async def _groups(visit: Visit, said: str) -> list[tuple[str, list[Found]]]:
    store, workspace_id = visit.desk.store, visit.workspace.id
    numbers = [await _by_number(visit, said)]
    lines = await customers.found(visit, said, "all", before=None, count=_MOST)
    order_ids = await orders.find(store, workspace_id, said)
    known = await orders.by_ids(store, workspace_id, order_ids[:_MOST])
    filters = inbox.Filters(profile_ids=await people.whole(store, workspace_id, [line.id for line in lines]))
    talks = await inbox.page(store, workspace_id, filters, count=_MOST) if lines else []
    found = {talk.id: talk for talk in [*(one for one in numbers if one), *talks]}
    return [
        ("Conversations", [_talk(visit, talk) for talk in found.values()]),
        ("Customers", [Found("user", f"/customers/{line.id}", "", line.called or "Visitor", line.email or line.phone, "") for line in lines]),
        ("Orders", [_order(line) for line in known.values()]),
        ("Everything that was said", [Found("search", search.address(said), "Search for", said, "", "")]),
    ]


async def _by_number(visit: Visit, said: str) -> Conversation | None:
    digits = said.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        return None
    return await conversations.by_number(visit.desk.store, visit.workspace.id, int(digits))


def _talk(visit: Visit, talk: Conversation) -> Found:
    end = f"{talk.state}, {format.moment(talk.sort_at, visit.workspace.time_zone)}"
    icon, path = channels.icon(talk.channel), f"/conversations/{talk.id}"
    return Found(icon, path, f"#{talk.number}", talk.subject or "No subject", talk.last_line[:60], end, talk.id)


def _order(line: orders.Line) -> Found:
    return Found("shopping-bag", f"/orders/{line.id}", line.name, line.summary[:60], "", format.money(line.amount, line.currency))
