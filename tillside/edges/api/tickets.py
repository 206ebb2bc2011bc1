"""`/v1/tickets`: finding and reading them (contract 2.3). Writing stands in ticket_writing.py."""

from typing import Any

from tillside.base.errors import Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import editing, inbox, tags
from tillside.conversations.conversation import Conversation, State
from tillside.conversations.inbox import Filters, Sort
from tillside.customers import listing as people
from tillside.customers import lookup
from tillside.edges.api import documents, paging, showing
from tillside.edges.api.call import Answer, Call, Endpoint, Parameter, Verb
from tillside.events import people as persons
from tillside.events.notes import Notes
from tillside.orders import order as shelf

NEVER_SEEN = "No conversations found with the given Id."
_NEVER_LATE = ("cnv_", "number/", "email/", "phone/")
_STATES: dict[str, State] = {"open": "open", "closed": "closed", "snoozed": "snoozed", "trash": "trash"}
_SORTS: dict[tuple[str, str], Sort] = {
    ("createdat", "desc"): "created",
    ("createdat", "asc"): "created_first",
    ("updatedat", "desc"): "updated",
    ("updatedat", "asc"): "updated_first",
}
_PROFILE = Parameter("show_visitor_profile", "false leaves the customer's profile out.", "boolean")
_FILTERS = (
    Parameter("status", "One or several of OPEN, CLOSED, SNOOZED, TRASH, separated by commas; without it all but the trash."),
    Parameter("sortKey", "What they are sorted by.", words=("createdAt", "updatedAt")),
    Parameter("sortOrder", "Which way; newest first without it.", words=("ASC", "DESC")),
    Parameter("order", "Also accepted for sortOrder.", words=("ASC", "DESC")),
    Parameter("startDate", "From this date or ISO time on, of what they are sorted by."),
    Parameter("endDate", "Up to and with this date or ISO time."),
    Parameter("updated_at", "Changed on this day (UTC)."),
    Parameter("updated_after", "Changed after this moment, in milliseconds.", "integer"),
    Parameter("channel", "One or several channels, separated by commas."),
    Parameter("assignee_id", 'An agent\'s id, or "unassigned".'),
    Parameter("team_id", "A team's id."),
    Parameter("priority", "Of this priority.", words=("LOW", "MEDIUM", "HIGH")),
    Parameter("team_id", "A team's id."),
    Parameter("tags", "Also accepted for tagIds."),
    Parameter("tagIds", "All of these tags, by id or name, separated by commas."),
    Parameter("appClientId", "Of this connector."),
)


def endpoints() -> list[Endpoint]:
    """Literal paths stand before those with an id, and longer ones before shorter: an id may hold slashes."""
    by_id = "/v1/tickets/{id:path}"
    return [
        Endpoint(
            method="GET",
            path="/v1/tickets",
            verb=index,
            name="listConversations",
            does="Tickets with their comments, page by page.",
            scope="tickets:read",
            gives=documents.TicketList,
            parameters=(*paging.PARAMETERS, *_FILTERS),
        ),
        Endpoint(
            method="GET",
            path="/v1/tickets/number/{number}",
            verb=by_number,
            name="retrieveAConversationWithConversationNumber",
            does="The ticket with this number.",
            scope="tickets:read",
            gives=documents.TicketAnswer,
            parameters=(_PROFILE,),
        ),
        _of_whom("email", of_email),
        _of_whom("phone", of_phone),
        Endpoint(
            method="GET",
            path=by_id + "/order",
            verb=order_of,
            name="fetchLinkedOrder",
            does="The order linked to a ticket, or {}.",
            scope="tickets:read",
            gives=documents.LinkedOrder,
            official=False,
        ),
        Endpoint(
            method="GET",
            path=by_id,
            verb=one,
            name="fetchConversation",
            does="A ticket by its id, raw or percent-encoded.",
            scope="tickets:read",
            gives=documents.TicketAnswer,
            parameters=(_PROFILE,),
        ),
    ]


def _of_whom(word: str, verb: Verb) -> Endpoint:
    return Endpoint(
        method="GET",
        path=f"/v1/tickets/{word}/{{value:path}}",
        verb=verb,
        name=f"retrieveAConversationUsingUsers{word.title()}",
        does=f"The tickets of the person with this {word}, the newest first.",
        scope="tickets:read",
        gives=documents.TicketList,
        parameters=paging.PARAMETERS,
    )


async def index(call: Call) -> Answer:
    """``GET /v1/tickets?status=OPEN&page=2`` → ``{"ticket": […], "count", "next_page", "previous_page"}``."""
    sort = _sort(call)
    return await _listed(call, await _filters(call, sort), sort, "/v1/tickets")


async def one(call: Call) -> Answer:
    """``GET /v1/tickets/{id}`` → ``{"ticket"}`` with an ETag; 404 when it is not there."""
    return await _shown(call, await found(call, call.path["id"], NEVER_SEEN))


async def by_number(call: Call) -> Answer:
    """``GET /v1/tickets/number/{conversationNo}`` → ``{"ticket"}``."""
    said = call.path["number"]
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 16 else 0
    conversation = await conversations.by_number(call.desk.store, call.workspace_id, number)
    if conversation is None:
        raise Unknown("No ticket has this number.")
    return await _shown(call, conversation)


async def of_email(call: Call) -> Answer:
    return await _of_person(call, "email")


async def of_phone(call: Call) -> Answer:
    return await _of_person(call, "phone")


async def order_of(call: Call) -> Answer:
    return await linked_order(call, call.path["id"])


async def linked_order(call: Call, ticket_id: str) -> Answer:
    """The order of a ticket, the one linked last; {} while there is none."""
    conversation = await found(call, ticket_id, NEVER_SEEN)
    linked = (await editing.orders(call.desk.store, call.workspace_id, [conversation.id])).get(conversation.id, [])
    order = await shelf.by_id(call.desk.store, call.workspace_id, linked[-1]) if linked else None
    if order is None:
        return Answer({})
    keys = {shop.id: shop.api_key for shop in await call.connectors()}
    return Answer(documents.LinkedOrder(order.number, keys.get(order.connector_id)))


async def found(call: Call, said: str, sentence: str) -> Conversation:
    """The ticket an id means. Raises Unknown; with the upstream sentence only where an id may still appear: our own never appear late,
    and one client waits and asks again for ever on exactly that sentence (contract 2.1)."""
    conversation = await conversations.known_as(call.desk.store, call.workspace_id, said)
    if conversation is None:
        raise Unknown("There is no ticket with this id." if not said or said.startswith(_NEVER_LATE) else sentence)
    return await conversations.current(call.desk.store, conversation)


async def _shown(call: Call, conversation: Conversation) -> Answer:
    wants_profile = call.query.get("show_visitor_profile", "true").lower() != "false"
    ticket = await showing.ticket(call, conversation, with_profile=wants_profile)
    return Answer(documents.TicketAnswer(ticket), headers={"ETag": f'"v{conversation.version}"'})


async def _listed(call: Call, filters: Filters | None, sort: Sort, path: str) -> Answer:
    """A page of tickets; `filters` None means nobody's."""
    page = paging.asked(call, 25)
    store, w = call.desk.store, call.workspace_id
    count = 0 if filters is None else await inbox.count(store, w, filters)
    shown: list[Conversation] = []
    if filters is not None and page.skip < count:
        shown = await inbox.page(store, w, filters, sort=sort, count=page.size, skip=page.skip)
    return Answer({"ticket": await showing.tickets(call, shown), **paging.ends(call, page, count, path)})


async def _of_person(call: Call, kind: str) -> Answer:
    value, store, w = call.path["value"], call.desk.store, call.workspace_id
    shops = await call.connectors()
    claims = persons.read_claims(persons.read_traits({kind: value}, Notes(), "customer"), {}, shops[0].region if shops else "")
    profile = await lookup.anybody(store, w, claims) if claims else None
    filters = Filters(profile_ids=await people.whole(store, w, [profile])) if profile else None
    return await _listed(call, filters, "newest", f"/v1/tickets/{kind}/{value}")


async def _filters(call: Call, sort: Sort) -> Filters:
    """The filters of a list. Raises Refused naming the parameter."""
    said = call.query
    states = [word.strip().lower() for word in said.get("status", "").split(",") if word.strip()]
    if wrong := next((word for word in states if word not in _STATES), None):
        raise Refused(f"status: there is no {wrong[:40]}.", field="status", hint="Use OPEN, CLOSED, SNOOZED or TRASH.")
    given: dict[str, Any] = {
        "states": [_STATES[word] for word in dict.fromkeys(states)] or ["open", "snoozed", "closed"],
        "channels": [word.strip() for word in said.get("channel", "").split(",") if word.strip()],
        **_times(call, sort),
    }
    if "assignee_id" in said:
        given["assignee_id"] = "" if said["assignee_id"] in ("unassigned", "null") else said["assignee_id"]
    if "team_id" in said:
        given["team_id"] = said["team_id"]
    if said.get("priority"):
        given["priority"] = _choice(said["priority"].upper(), "priority", {"LOW": -1, "MEDIUM": 0, "NORMAL": 0, "HIGH": 1})
    if said.get("appClientId"):
        given["connector_id"] = (await call.connector(said["appClientId"])).id
    if words := [word.strip() for word in said.get("tagIds", said.get("tags", "")).split(",") if word.strip()]:
        meant = await tags.meant(call.desk.store, call.workspace_id, words)
        given["tag_ids"] = [meant[word].id if word in meant else word for word in words]
    return Filters(**given)


def _times(call: Call, sort: Sort) -> dict[str, int]:
    """Which span of time: of creation, or of the last change where that is sorted by."""
    said, column = call.query, "updated" if sort.startswith("updated") else "created"
    times: dict[str, int] = {}
    if said.get("startDate"):
        times[f"{column}_from"] = paging.moment(said["startDate"], "startDate")
    if said.get("endDate"):
        times[f"{column}_to"] = paging.moment(said["endDate"], "endDate", ends_day=True)
    if said.get("updated_at"):
        day = said["updated_at"][:10]
        times["updated_from"], times["updated_to"] = (paging.moment(day, "updated_at", ends_day=end) for end in (False, True))
    if said.get("updated_after"):
        times["updated_from"] = paging.integer(call, "updated_after", 0) * 1000 + 1
    return times


def _sort(call: Call) -> Sort:
    key = call.query.get("sortKey", "createdAt").replace("_", "").lower()
    way = (call.query.get("sortOrder") or call.query.get("order") or "DESC").lower()
    return _choice((key, way), "sortKey", _SORTS)  # type: ignore[no-any-return]  # a table of sorts gives a sort


def _choice(said: Any, field: str, table: dict[Any, Any]) -> Any:
    if said not in table:
        raise Refused(f"{field}: not one of the words we know.", field=field, hint="The reference at /v1/reference lists them.")
    return table[said]
