"""`GET /v1/events`: what happened, in order, by cursor: nobody has to sweep lists to find out (contract, pain point 3)."""

from typing import Any

import msgspec
from msgspec import Struct

from tillside.agents.actor import Actor
from tillside.conversations import conversation as conversations
from tillside.conversations import message
from tillside.edges.api import paging
from tillside.edges.api.call import Answer, Call, Endpoint, Parameter
from tillside.edges.api.shapes import time
from tillside.feeds import activity
from tillside.feeds.activity import Activity
from tillside.feeds.heed import Happened
from tillside.storage.database import Database, Transaction
from tillside.targets.hooks import Told

_WORDS = {"conversation": "ticket", "message": "comment", "agent": "user", "connector": "connection", "call": "delivery"}
_PRIVATE = ("draft", "mention", "key", "view", "visitor", "call", "target", "follower", "rule", "assignment", "hours")
"""What agents and browsers do for themselves, what the desk calls and how it is set up is nobody else's matter."""
_USUAL = 100


class Event(Struct):
    """Something that happened. `cursor` orders them; `data` says more, by type; of what a ticket is about also `by`: who did it
    (agent, customer, api, rule or system), so that a script can tell its own doing from others'."""

    cursor: int
    type: str
    subject_id: str
    ticket_id: str | None
    at: str
    data: dict[str, Any]


class EventList(Struct):
    """`next_cursor` is what to ask after next; `has_more` whether there is something already."""

    events: list[Event]
    next_cursor: int
    has_more: bool


def endpoints() -> list[Endpoint]:
    return [
        Endpoint(
            method="GET",
            path="/v1/events",
            verb=index,
            name="listEvents",
            does="What happened after a cursor, oldest first. Ask again with next_cursor; nothing is left out and nothing comes twice.",
            scope="events:read",
            gives=EventList,
            parameters=(
                Parameter("after", "The cursor of the last event you have; 0, or none, for the beginning.", "integer"),
                Parameter("limit", "At most 500.", "integer"),
            ),
            official=False,
        )
    ]


async def index(call: Call) -> Answer:
    """``GET /v1/events?after=1200&limit=100`` → ``{"events": […], "next_cursor": 1300, "has_more": true}``."""
    after = paging.integer(call, "after", 0)
    count = min(paging.integer(call, "limit", _USUAL, least=1), 500)
    happened = await activity.after(call.desk.store, call.workspace_id, after, count=count)
    shown = [one for one in happened if _is_shown(one)]
    events = await _events(call.desk.store, call.workspace_id, shown)
    last = happened[-1].position if happened else after
    return Answer(EventList(events, last, len(happened) == count))


async def describe(tx: Transaction, one: Happened) -> Told | None:
    """What a webhook says of something that happened: the document of this feed."""
    told = Activity(one.position, one.kind, one.subject, one.audience, one.detail, one.at)
    if not _is_shown(told):
        return None
    event = (await _events(tx, one.workspace_id, [told]))[0]
    return Told(event.type, one.subject, one.subject if _is_of_ticket(told) else None, msgspec.to_builtins(event))


async def _events(store: Database | Transaction, workspace_id: int, shown: list[Activity]) -> list[Event]:
    ids = [one.subject for one in shown if _is_of_ticket(one)]
    known = await conversations.by_ids(store, workspace_id, ids) if ids else {}
    comments = await _comments(store, workspace_id, shown)
    return [_event(one, known[one.subject].known_as if one.subject in known else None, comments) for one in shown]


async def _comments(store: Database | Transaction, workspace_id: int, shown: list[Activity]) -> dict[str, tuple[str, Actor]]:
    """The comments events are about: their ids as tickets show them, and who wrote them."""
    ids = [str(_data(one.detail).get("message", "")) for one in shown if one.kind.startswith("message.")]
    return await message.known_as(store, workspace_id, ids) if ids else {}


def _is_shown(one: Activity) -> bool:
    return bool(one.at) and one.kind.partition(".")[0] not in _PRIVATE


def _event(one: Activity, ticket_id: str | None, comments: dict[str, tuple[str, Actor]]) -> Event:
    noun, _, what = one.kind.partition(".")
    data = _data(one.detail)
    if noun == "message" and data.get("message") in comments:
        data["comment_id"], by = comments[data.pop("message")]
        data["by"] = {"kind": by.kind, "id": by.id, "name": by.name}
    return Event(one.position, f"{_WORDS.get(noun, noun)}.{what}", one.subject, ticket_id, time(one.at), data)


def _data(detail: str) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(detail)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _is_of_ticket(one: Activity) -> bool:
    return one.kind.startswith(("conversation.", "message."))
