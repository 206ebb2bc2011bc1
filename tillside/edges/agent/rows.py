"""The rows of the list: everything a row shows of some conversations, in a fixed number of queries."""

from msgspec import Struct

from tillside.agents import agent as agents
from tillside.agents.agent import Agent
from tillside.base import stamps
from tillside.base.trust import Trust
from tillside.conversations import company, editing, tags
from tillside.conversations.company import Watcher
from tillside.conversations.conversation import Conversation
from tillside.customers import listing as people
from tillside.edges.agent import channels, format, naps
from tillside.edges.agent.guard import Visit
from tillside.orders import listing as orders

MOST_TAGS = 2


class Row(Struct, frozen=True):
    """`trust` is "typed" where nobody vouches for who writes; `value` the amount of the order it is about; `wait` how long they wait."""

    id: str
    number: int
    href: str
    subject: str
    called: str
    trust: str
    channel_icon: str
    channel_name: str
    last: str
    at: int
    waiting_since: int | None
    wait: str
    until: str
    tags: list[str]
    more: int
    assignee: Agent | None
    value: str
    priority: int
    is_unread: bool
    is_away: bool
    state: str
    watchers: list[Watcher]


async def of(visit: Visit, talks: list[Conversation], *, view: str) -> list[Row]:
    """The rows of these conversations, in their order."""
    store, workspace_id, ids = visit.desk.store, visit.workspace.id, [talk.id for talk in talks]
    profiles = [talk.profile_id for talk in talks if talk.profile_id]
    known = await people.names(store, workspace_id, profiles)
    worn = await tags.worn(store, workspace_id, ids)
    watching = await company.of(store, workspace_id, ids, me=visit.agent.id)
    read = await company.read_up_to(store, workspace_id, ids, me=visit.agent.id)
    values = await _values(visit, talks)
    staff = {one.id: one for one in await agents.every(store, workspace_id)}
    zone, now = visit.workspace.time_zone, stamps.now()
    found = []
    for talk in talks:
        labels = worn.get(talk.id, [])
        person = known.get(talk.profile_id or "")
        last_at = talk.last_message_at or talk.created_at
        found.append(
            Row(
                id=talk.id,
                number=talk.number,
                href=f"/conversations/{talk.id}?view={view}",
                subject=talk.subject,
                called=called(talk, person),
                trust="" if person and person.is_customer else Trust.TYPED.word,
                channel_icon=channels.icon(talk.channel),
                channel_name=channels.name(talk.channel),
                last=f"You: {talk.last_line}" if talk.last_by == "agent" else talk.last_line,
                at=last_at,
                waiting_since=talk.waiting_since if talk.state == "open" else None,
                wait=format.wait(now - talk.waiting_since) if talk.waiting_since else "",
                until=naps.briefly(talk.snoozed_until, zone) if talk.state == "snoozed" and talk.snoozed_until is not None else "",
                tags=[one.name for one in labels[:MOST_TAGS]],
                more=max(0, len(labels) - MOST_TAGS),
                assignee=staff.get(talk.assignee_id),
                value=values.get(talk.id, ""),
                priority=talk.priority,
                is_unread=talk.last_by == "customer" and last_at > read.get(talk.id, 0),
                is_away=False,
                state=talk.state,
                watchers=watching.get(talk.id, []),
            )
        )
    return found


def called(talk: Conversation, person: people.Line | None) -> str:
    """Whom people see: the customer's name, else what the conversation came with."""
    source = talk.source.get("from", {})
    return (person.called if person else "") or source.get("name", "") or source.get("address", "") or "Visitor"


async def _values(visit: Visit, talks: list[Conversation]) -> dict[str, str]:
    """Conversation → the amount of its linked order, else of the customer's newest."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    linked = await editing.orders(store, workspace_id, [talk.id for talk in talks])
    last = {talk_id: ids[-1] for talk_id, ids in linked.items()}
    lines = await orders.by_ids(store, workspace_id, list(last.values()))
    newest = await orders.newest_of(store, workspace_id, [talk.profile_id for talk in talks if talk.profile_id and talk.id not in last])
    found = {}
    for talk in talks:
        line = lines.get(last.get(talk.id, "")) or newest.get(talk.profile_id or "")
        if line:
            found[talk.id] = format.money(line.amount, line.currency)
    return found
