"""What a shopkeeper sets of a target, as records. Templates in it are filled from values.py."""

from typing import Literal, get_args

from msgspec import Struct

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
METHODS: tuple[Method, ...] = get_args(Method)
Content = Literal["json", "form", "xml", "none"]
CONTENTS: tuple[Content, ...] = get_args(Content)
Tries = Literal["schedule", "once"]
Shows = Literal["nothing", "card", "note"]
Proof = Literal["header", "form"]
Into = Literal["field", "customer", "shown"]


class Header(Struct, frozen=True):
    """One header. The value is a template, or a secret that is taken as it is."""

    name: str
    value: str = ""
    is_secret: bool = False


class Pair(Struct, frozen=True):
    """A name and a template: one part of the query."""

    name: str
    value: str = ""


class Basic(Struct, frozen=True, tag="basic"):
    """The password is a secret of the target."""

    user: str


class Bearer(Struct, frozen=True, tag="bearer"):
    """The token is a secret of the target."""


class OAuth2(Struct, frozen=True, tag="oauth2"):
    """Client credentials (RFC 6749, 4.4); the client secret is a secret of the target. `proof`: where the token server is shown client id
    and secret, in the header of RFC 6749 2.3.1 or in the form, which some servers want."""

    token_url: str
    client_id: str
    scope: str = ""
    proof: Proof = "header"


class Mapping(Struct, frozen=True):
    """Part of a JSON answer (RFC 6901 pointer) and where it goes: a conversation's field or a customer's by its key, or what is shown as
    a card or a note, under `key` as its label."""

    pointer: str
    into: Into
    key: str


class Shape(Struct, frozen=True, kw_only=True):
    """`url`, header values, `query` and `body` are templates; `form`: the body is lines ``name=template``.

    `tries`: "once" is for receivers that answer an error though it worked: any answer is the end. `events`: names of the change feed it
    subscribed to; such calls carry the event's document, not `body`. `is_card`: a GET shown beside each conversation, asked for again after
    `card_seconds`. `ca_pem`: certificates to trust beside the usual ones.
    """

    name: str
    method: Method = "POST"
    url: str = ""
    headers: list[Header] = []
    query: list[Pair] = []
    content: Content = "json"
    body: str = ""
    auth: Basic | Bearer | OAuth2 | None = None
    signs: bool = False
    tries: Tries = "schedule"
    concurrency: int = 4
    timeout_seconds: int = 15
    mapping: list[Mapping] = []
    shows: Shows = "nothing"
    is_card: bool = False
    card_seconds: int = 300
    events: list[str] = []
    ca_pem: str = ""
