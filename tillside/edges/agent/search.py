"""Search: conversations, messages, customers and orders by words and operators, each group a list of its own that goes on by keyset."""

from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.customers import listing as people
from tillside.edges.agent import channels, customers, format, guard, keyset, rows
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.orders import listing as orders
from tillside.orders.listing import Sieve
from tillside.search import asked as questions
from tillside.search import finding, marking, meaning
from tillside.search.marking import Piece
from tillside.search.meaning import GROUPS, Group, Meaning

FEW, PAGE = 5, 25
TITLES: dict[Group, str] = {"conversations": "Conversations", "messages": "Messages", "customers": "Customers", "orders": "Orders"}
HELP = (
    ("parc", "words that begin so, in any order"),
    ('"blue pen"', "exactly these words"),
    *(
        (how.partition(" or ")[0].partition(", ")[0], what)
        for how, what in (
            (questions.OPERATORS["status"], "open, snoozed, closed or trash"),
            (questions.OPERATORS["assignee"], "me, nobody or a colleague"),
            (questions.OPERATORS["tag"], "a tag; several mean all of them"),
            (questions.OPERATORS["from"], "who wrote it: a name or an e-mail"),
            (questions.OPERATORS["order"], "in conversations about this order"),
            (questions.OPERATORS["before"], "said before that day; after: for since then"),
        )
    ),
    ("team: channel: priority:", "work alike"),
)


class Line(Struct, frozen=True):
    """One thing that was found. `title` and `text` in pieces, what was found apart; `note` quiet words, `at` when."""

    href: str
    icon: str
    title: list[Piece]
    text: list[Piece]
    note: str = ""
    chip: str = ""
    at: int = 0
    is_note: bool = False


class Part(Struct, frozen=True):
    """A group: its lines, where it goes on, and how far back was looked when that was not to the end."""

    group: Group
    title: str
    lines: list[Line]
    further: str = ""
    whole: str = ""
    reached: int | None = None


def routes() -> list[Guarded]:
    return [guard.page("/search", index, allow=Act.READ)]


async def index(visit: Visit) -> Response:
    """``GET /search?q=&in=messages&before=``: all groups with a few lines each, or one group page by page."""
    said = " ".join(visit.request.query_params.get("q", "").split())[: questions.LONGEST]
    chosen = visit.request.query_params.get("in", "")
    meant = await meaning.of(visit.desk.store, visit.workspace, visit.agent.id, questions.read(said))
    groups: list[Group] = [group for group in meant.groups if chosen in ("", group) or chosen not in GROUPS]
    parts = [await _part(visit, meant, said, group, is_alone=chosen == group) for group in groups]
    return visit.page(
        "search.html",
        said=said,
        meant=meant,
        chosen=chosen if chosen in GROUPS else "",
        parts=[part for part in parts if part.lines or part.reached is not None],
        tabs=[("", "Everything", address(said)), *((group, TITLES[group], address(said, group)) for group in GROUPS)],
        is_first=not visit.request.query_params.get("before"),
        help=HELP,
    )


def address(said: str, group: str = "", before: str = "") -> str:
    return "/search?" + urlencode({name: value for name, value in {"q": said, "in": group, "before": before}.items() if value})


async def _part(visit: Visit, meant: Meaning, said: str, group: Group, *, is_alone: bool) -> Part:
    """One group. Alone it is a page; among others a few lines and the way to the rest."""
    count = PAGE if is_alone else FEW
    begin = keyset.text(visit.request) if is_alone else None
    lines, further, reached = await {"conversations": _talks, "messages": _messages, "customers": _people, "orders": _orders}[group](
        visit, meant, begin, count
    )
    return Part(
        group,
        TITLES[group],
        lines,
        further=address(said, group, further) if further and is_alone else "",
        whole=address(said, group) if further and not is_alone else "",
        reached=reached,
    )


Found = tuple[list[Line], str, int | None]
Begin = tuple[int, str] | None


async def _messages(visit: Visit, meant: Meaning, begin: Begin, count: int) -> Found:
    store, workspace_id = visit.desk.store, visit.workspace.id
    found = await finding.messages(store, workspace_id, meant, before=begin[0] if begin else None, count=count)
    said = await finding.said(store, found.positions)
    talks = await conversations.by_ids(store, workspace_id, [one.conversation_id for one in said])
    known = await people.names(store, workspace_id, [talk.profile_id for talk in talks.values() if talk.profile_id])
    lines = []
    for one in said:
        talk = talks[one.conversation_id]
        author = one.author_name if one.kind != "customer" else rows.called(talk, known.get(talk.profile_id or ""))
        lines.append(
            Line(
                href=f"/conversations/{talk.id}#message-{one.id}",
                icon="lock" if one.is_note else channels.icon(talk.channel),
                title=marking.marked(author, meant.who),
                text=marking.line(one.text, meant.every),
                note=f"in #{talk.number} {talk.subject}".strip(),
                chip="Note" if one.is_note else "",
                at=one.at,
                is_note=one.is_note,
            )
        )
    return lines, keyset.word(found.further, "m") if found.further is not None else "", found.reached


async def _talks(visit: Visit, meant: Meaning, begin: Begin, count: int) -> Found:
    store, workspace_id = visit.desk.store, visit.workspace.id
    if not (meant.every or meant.who or meant.order_ids is not None):
        talks = await finding.listed(store, workspace_id, meant, after=begin, count=count + 1)
        more = talks[count - 1] if len(talks) > count else None
        return await _talk_lines(visit, meant, talks[:count]), keyset.word(more.sort_at, more.id) if more else "", None
    found = await finding.talks(store, workspace_id, meant, before=begin[0] if begin else None, count=count)
    talks = await finding.conversations_at(store, workspace_id, found.positions)
    return await _talk_lines(visit, meant, talks), keyset.word(found.further, "c") if found.further is not None else "", found.reached


async def _talk_lines(visit: Visit, meant: Meaning, talks: list[Conversation]) -> list[Line]:
    known = await people.names(visit.desk.store, visit.workspace.id, [talk.profile_id for talk in talks if talk.profile_id])
    return [
        Line(
            href=f"/conversations/{talk.id}",
            icon=channels.icon(talk.channel),
            title=marking.marked(f"#{talk.number} {talk.subject or 'No subject'}", meant.every),
            text=marking.marked(talk.last_line, meant.every),
            note=rows.called(talk, known.get(talk.profile_id or "")),
            chip=talk.state.title(),
            at=talk.last_message_at or talk.created_at,
        )
        for talk in talks
    ]


async def _people(visit: Visit, meant: Meaning, begin: Begin, count: int) -> Found:
    found = await customers.found(visit, meant.names, "all", before=begin, count=count + 1)
    lines = [
        Line(
            href=f"/customers/{one.id}",
            icon="user",
            title=marking.marked(one.called or f"Visitor {one.id[-4:]}", _every(meant)),
            text=marking.marked(" · ".join(filter(None, [one.email if one.called != one.email else "", one.phone, one.place])), _every(meant)),
            chip="" if one.is_customer else "Visitor",
            at=one.last_seen_at,
        )
        for one in found[:count]
    ]
    return lines, keyset.word(found[count - 1].last_seen_at, found[count - 1].id) if len(found) > count else "", None


async def _orders(visit: Visit, meant: Meaning, begin: Begin, count: int) -> Found:
    store, workspace = visit.desk.store, visit.workspace
    ids = await orders.find(store, workspace.id, meant.names)
    owners = await people.find(store, workspace.id, meant.names, region=workspace.region)
    sieve = Sieve("", ids, await people.whole(store, workspace.id, owners))
    found = await orders.page(store, workspace.id, sieve, before=begin, count=count + 1)
    known = await people.names(store, workspace.id, [one.profile_id for one in found])
    lines = [
        Line(
            href=f"/orders/{one.id}",
            icon="shopping-bag",
            title=marking.marked(f"{one.name} {known[one.profile_id].called}" if one.profile_id in known else one.name, _every(meant)),
            text=[Piece(one.summary)],
            note=format.money(one.amount, one.currency),
            at=one.placed_at,
        )
        for one in found[:count]
    ]
    return lines, keyset.word(found[count - 1].placed_at, found[count - 1].id) if len(found) > count else "", None


def _every(meant: Meaning) -> Any:
    return [*meant.every, *meant.who]
