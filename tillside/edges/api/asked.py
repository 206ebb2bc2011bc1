"""What integrators send about tickets (contract 2.3), read leniently: nulls are no statement, numbers may stand for texts, unknown keys
are told and passed over."""

import re
from decimal import Decimal
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Struct

from tillside.base.errors import Refused
from tillside.edges.api.call import Call

Word = str | int
Kind = TypeVar("Kind", bound=Struct)
_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`")


class Party(Struct, rename="camel"):
    """One side of a conversation. One client sends every key, most of them null."""

    address: str | None = None
    id: Word | None = None
    name: str | None = None
    email: str | None = None
    phone: Word | None = None
    uid: Word | None = None
    first_name: str | None = None
    last_name: str | None = None


class SourceAsked(Struct, rename={"from_": "from"}):
    from_: Party | None = None
    to: Party | None = None


class ViaAsked(Struct):
    channel: str | None = None
    source: SourceAsked | None = None


class CommentAsked(Struct):
    """`public` false makes a note only agents read; `send` true lets an operator's comment go out to the customer.

    Without a `sender_type` the comment a ticket begins with is the customer's, and one that is added is an operator's (contract 2.3,
    the table of PUT).
    """

    body: str
    sender_type: Literal["customer", "operator"] | None = None
    public: bool | None = None
    attachments: list[str] | None = None
    id: Word | None = None
    author_id: str | None = None
    send: bool | None = None
    type: str | None = None
    source: str | None = None
    html_body: str | None = None
    plain_body: str | None = None

    @property
    def is_customers(self) -> bool:
        return self.sender_type != "operator" and self.public is not False

    def added(self) -> "CommentAsked":
        """The same as a comment that is added to a ticket."""
        return self if self.sender_type else msgspec.structs.replace(self, sender_type="operator")


class RatingAsked(Struct):
    score: Literal["Amazing", "Great", "Neutral", "Bad", "Terrible"] | None = None
    comment: str | None = None


class Person(Struct, rename="camel"):
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    email: str | None = None
    phone: Word | None = None
    uid: Word | None = None


class Change(Struct, rename={"custom_fields": "customFields"}, kw_only=True):
    """``PUT /v1/tickets/{id}``. What is absent stays as it is."""

    status: Literal["OPEN", "CLOSED", "SNOOZED"] | None = None
    priority: Literal["LOW", "MEDIUM", "NORMAL", "HIGH"] | None = None
    subject: str | None = None
    comment: CommentAsked | None = None
    tags: list[Word | None] | None = None
    assignee_id: str | msgspec.UnsetType | None = msgspec.UNSET
    team_id: str | msgspec.UnsetType | None = msgspec.UNSET
    custom_fields: dict[str, Any] | None = None
    snoozed_till: Word | None = None
    is_trashed: bool | None = None
    satisfaction_rating: RatingAsked | None = None
    via: ViaAsked | None = None
    customer_profile: Person | None = None


class New(Change, rename={"custom_fields": "customFields", "app_client_id": "appClientId"}, kw_only=True):
    """``POST /v1/tickets``. `id` may be the integrator's own: the same again answers the ticket that is there."""

    comment: CommentAsked
    id: str | None = None
    app_client_id: str | None = None
    send: bool | None = None


class NewBody(Struct):
    ticket: New


class ChangeBody(Struct):
    ticket: Change


class CommentBody(Struct):
    comment: CommentAsked


class Sent(Struct):
    """``PUT /v1/tickets/{id}/send-message``. `author_id` is an agent's id, or "operator"."""

    body: str
    attachments: list[str] | None = None
    author_id: str | None = None


class Tags(Struct):
    tags: list[Word | None]


class TagAsked(Struct):
    name: str
    color: str | None = None
    description: str | None = None


class Filter(Struct):
    field: str
    operator: str
    value: list[Word] | Word


class Query(Struct, rename="camel"):
    """``POST /v1/reports/query``: days are inclusive and those of `timezone`."""

    start_date: str
    end_date: str
    metrics: list[str]
    dimensions: list[str] | str | None = None
    filters: list[Filter] | None = None
    timezone: str | None = None


def read(said: Any, kind: type[Kind], place: str) -> Kind:
    """The record a body means. Raises Refused naming the field, such as ``ticket.comment.body``."""
    try:
        return msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        at, missing = _AT.search(text), _MISSING.search(text)
        steps = [step for step in (place, at["path"] if at else "", missing["name"] if missing else "") if step]
        field = ".".join(steps).replace(".[", "[")
        message = "Missing" if missing else _AT.sub("", text)
        raise Refused(f"{field}: {message}.", field=field, hint="The reference at /v1/reference tells the shape.") from error


def taken(call: Call, said: Any, kind: type[Kind], place: str = "") -> Kind:
    """The same; and what the desk does nothing with is told."""
    found = read(said, kind, place)
    call.ignore(unknown(said, kind, place))
    return found


def unknown(said: Any, kind: Any, place: str) -> list[str]:
    """The keys of a body this desk does nothing with, as paths."""
    record = _record(kind)
    if record is None or not isinstance(said, dict):
        return []
    fields = {one.encode_name: one.type for one in msgspec.structs.fields(record)}
    found = []
    for key, value in said.items():
        path = f"{place}.{key}" if place else str(key)
        found += unknown(value, fields[key], path) if key in fields else [path[:120]]
    return found


def plain(value: Any) -> Any:
    """JSON numbers with a point as floats: fields keep what JavaScript would."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def _record(kind: Any) -> type[Struct] | None:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind
    if get_origin(kind) in (Union, UnionType):
        return next((found for one in get_args(kind) if (found := _record(one))), None)
    return None
