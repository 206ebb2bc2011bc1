"""The shapes of REST answers and bodies (contract 2.2, 2.3), as records: encoded, checked and documented from one place."""

from typing import Any, Literal

from msgspec import Struct, field

Score = Literal["Amazing", "Great", "Neutral", "Bad", "Terrible"]
Priority = Literal["LOW", "HIGH"]
Status = Literal["OPEN", "CLOSED", "SNOOZED"]


class Address(Struct, omit_defaults=True):
    """Who wrote or was written to: `address` of mail, `id` of every other channel."""

    address: str | None = None
    id: str | None = None
    name: str | None = None


class Source(Struct, rename={"from_": "from"}):
    from_: Address = field(default_factory=Address)
    to: Address = field(default_factory=Address)


class Via(Struct):
    channel: str
    source: Source


class CommentVia(Struct, omit_defaults=True):
    channel: str | None = None


class Comment(Struct, rename={"is_operator_too": "isOperator"}):
    """One message; the oldest stands first, and no two share a millisecond. `delivery`: stored, waiting, sent, seen, failed,
    or perhaps (handed over, and nobody said that it was taken); `delivery_reason` says why it waits or failed."""

    id: str
    type: Literal["Comment"]
    author_id: str | None
    author_name: str
    sender_type: Literal["customer", "operator", "system"]
    is_operator: bool
    is_operator_too: bool
    public: bool
    body: str
    plain_body: str
    html_body: str | None
    attachments: list[str]
    metadata: dict[str, Any]
    via: CommentVia
    delivery: str
    delivery_reason: str
    created_at: str


class Profile(Struct):
    id: str
    name: str | None
    email: str | None
    phone: str | None
    type: Literal["customer", "visitor"]


class Rating(Struct, omit_defaults=True):
    """Empty while there is none, never null."""

    score: Score | None = None
    comment: str | None = None


class Ticket(
    Struct,
    rename={"cookie_id": "cookieId", "custom_fields": "customFields", "scenarioid": "scenarioId", "scenarioname": "scenarioName"},
    omit_defaults=True,
    kw_only=True,
):
    """A conversation as the contract tells it. Times are ISO 8601 in UTC with milliseconds, durations milliseconds."""

    id: str
    conversation_no: int
    app_client_id: str | None
    organization_id: str
    subject: str
    status: Status
    is_trashed: bool
    priority: Priority | None
    assignee_id: str | None
    team_id: str | None
    recipient: str
    tags: list[str]
    created_at: str
    updated_at: str
    closed_at: str | None
    first_closed_at: str | None
    first_response_time: str | None
    first_response_duration: int
    resolution_duration: int
    snoozed_till: str | None
    last_message_sender_type: str | None
    url: str
    cookie_id: str
    via: Via
    customer_profile: Profile | None = None
    custom_fields: dict[str, Any]
    satisfaction_rating: Rating
    scenarioid: str | None
    scenarioname: str | None
    scenario_id: str | None
    scenario_name: str | None
    version: int
    comments: list[Comment]


class TicketAnswer(Struct, omit_defaults=True):
    """`warnings` names what was sent and does nothing."""

    ticket: Ticket
    message: str = ""
    warnings: list[str] = []


class TicketList(Struct):
    ticket: list[Ticket]
    count: int
    next_page: str | None
    previous_page: str | None


class CommentList(Struct):
    comments: list[Comment]
    count: int
    next_page: str | None
    previous_page: str | None


class Message(Struct):
    message: str


class LinkedOrder(Struct, rename="camel", omit_defaults=True):
    """Empty when none is linked."""

    order_id: str | None = None
    app_client_id: str | None = None


class User(Struct):
    id: str
    email: str
    name: str
    role: Literal["TENANT_ADMIN", "TENANT_AGENT_FULL"]
    is_active: bool
    team_ids: list[str]


class UserAnswer(Struct):
    user: User


class UserList(Struct):
    user: list[User]
    count: int
    next_page: str | None
    previous_page: str | None


class Team(Struct):
    id: str
    name: str
    organization_id: str
    created_at: str
    updated_at: str


class TeamList(Struct):
    team: list[Team]
    count: int
    next_page: str | None
    previous_page: str | None


class Tag(Struct):
    id: str
    name: str
    description: str | None
    color: str | None
    organization_id: str
    created_at: str
    updated_at: str


class TagAnswer(Struct):
    tag: Tag


class TagList(Struct):
    tag: list[Tag]
    count: int
    next_page: str | None
    previous_page: str | None


class Channel(Struct):
    id: str
    type: str
    business_brand_name: str
    app_client_id: str | None
    created_at: str
    updated_at: str


class ChannelAnswer(Struct):
    channel: Channel


class ChannelList(Struct):
    channels: list[Channel]
    count: int
    next_page: str | None
    previous_page: str | None


class File(Struct):
    id: str
    url: str
    name: str
    size: int
    type: str


class FileAnswer(Struct):
    url: str
    id: str
    name: str
    size: int
    file: File


class CustomerAsked(Struct):
    customer: dict[str, Any]


class CustomerNamed(Struct):
    id: str | None
    uid: str | None


class CustomerWritten(Struct, omit_defaults=True):
    message: str
    customer: CustomerNamed | None = None
    position: int | None = None
    notes: list[dict[str, Any]] = []


class CustomerRead(Struct):
    customer: dict[str, Any]


class OrdersAsked(Struct):
    orders: list[dict[str, Any]]


class SubscriptionsAsked(Struct):
    subscriptions: list[dict[str, Any]]


class Verdict(Struct, omit_defaults=True):
    index: int
    verdict: Literal["accepted", "refused"]
    field: str = ""
    hint: str = ""


class SubscriptionsWritten(Struct):
    message: str
    results: list[Verdict]
    position: int


class ErrorTold(Struct, omit_defaults=True):
    message: str
    code: str
    field: str = ""
    hint: str = ""
    details: list[dict[str, Any]] = []


class OnlyMessage(Struct):
    message: str


class ErrorAnswer(Struct):
    """One message in the three places clients look for it."""

    error: ErrorTold
    errors: OnlyMessage
    message: str
