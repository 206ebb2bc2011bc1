"""Whether a target can work at all: checked when it is saved, so that a mistake is told to whoever made it, not found in a log."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from tillside.base import outbound, template
from tillside.base.errors import Refused
from tillside.base.template import Kind
from tillside.targets import pointer, request
from tillside.targets.shape import CONTENTS, METHODS, Header, OAuth2, Shape
from tillside.targets.values import NAMES

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_EVENT = re.compile(r"\*|[a-z_]+\.(\*|[a-z_]+)")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "trailer", "te", "keep-alive"})
_SIGNED = ("webhook-", "x-tillside-")
_MOST = 40
_MOST_EVENTS = 200
_LONGEST_BODY = 100_000
_LONGEST_URL = 4_000
KNOWN = (*[name.path for name in NAMES], "ticket.customFields.*", "ticket.customer.*", "customer.*", "order.*", "event.properties.*", "input.*")
"""Placeholders there are; under some a shop has names of its own."""
CheckUrl = Callable[[str], str]
Kept = TypeVar("Kept", bound=Shape)


def checked(shape: Kept, check_url: CheckUrl = outbound.check_url) -> Kept:
    """The same, tidied. `check_url`: of the client it will be sent with. Raises Refused with the field and what to do."""
    name = " ".join(shape.name.split())
    if not name or len(name) > 80:
        raise Refused("A target needs a name of 1 to 80 characters.", field="name", hint="Name the app it calls.")
    if shape.method not in METHODS or shape.content not in CONTENTS:
        raise Refused("This method or content is not known.", field="method", hint=f"Use one of: {', '.join(METHODS)}.")
    if not 1 <= shape.concurrency <= 20:
        raise Refused("A target takes 1 to 20 calls at once.", field="concurrency", hint="4 is usual.")
    if not 1 <= shape.timeout_seconds <= 15:
        raise Refused("A call may take 1 to 15 seconds.", field="timeout_seconds", hint="15 is usual.")
    _address(shape, check_url)
    for header in shape.headers:
        _header(header)
    if any(not one.name.strip() for one in shape.query):
        raise Refused("A part of the query has no name.", field="query", hint="Name it, or take the line away.")
    _body(shape)
    _answer(shape)
    if not all(_EVENT.fullmatch(one) for one in shape.events):
        raise Refused("An event is named like ticket.closed.", field="events", hint="Choose it from the list; ticket.* means all of a kind.")
    for field, listed, most in (
        ("headers", shape.headers, _MOST),
        ("query", shape.query, _MOST),
        ("mapping", shape.mapping, _MOST),
        ("events", shape.events, _MOST_EVENTS),
    ):
        _few(field, listed, most)
    return replace(shape, name=name, url=shape.url.strip(), events=sorted(set(shape.events)))


def problems(shape: Shape) -> list[str]:
    """What people should know of before they save, such as placeholders nobody knows."""
    found = [problem for text, kind, field in templates(shape) for problem in template.check(text, kind, KNOWN, field=field)]
    return list(dict.fromkeys(found))


def templates(shape: Shape) -> list[tuple[str, Kind, str]]:
    """Every template of a target, how its values are escaped, and the field it stands in."""
    found: list[tuple[str, Kind, str]] = [(request.url(shape), "url", "url")]
    found += [(one.value, "header", "headers") for one in shape.headers if not one.is_secret]
    text = request.form(shape.body) if shape.content == "form" else shape.body
    return [*found, (text, request.KINDS[shape.content], "body")]


def _address(shape: Shape, check_url: CheckUrl) -> None:
    """The address as it is with every placeholder filled by a harmless word; a placeholder may not choose the host."""
    if not shape.url.strip() or len(shape.url) > _LONGEST_URL:
        raise Refused("A target needs an address.", field="url", hint="Write it like https://cart.example/orders/{{order.number}}.")
    host = re.match(r"\s*[a-z]+://[^/?#]*", shape.url, re.IGNORECASE)
    if host is None or "{{" in host[0]:
        raise Refused("The address begins with https:// and a host.", field="url", hint="Placeholders may stand after the host only.")
    template.check(shape.url, "url", field="url")
    check_url(re.sub(r"\{\{.*?\}\}", "x", shape.url.strip()))
    if isinstance(shape.auth, OAuth2):
        check_url(shape.auth.token_url.strip())
        if not shape.auth.client_id.strip():
            raise Refused("OAuth2 needs a client id.", field="client_id", hint="The other side gives it to you.")


def _header(header: Header) -> None:
    name = header.name.strip()
    if not _TOKEN.fullmatch(name):
        raise Refused(f"{name[:40]} is not a header name.", field="headers", hint="Use letters, digits and -.")
    if name.lower() in _OURS or name.lower().startswith(_SIGNED):
        raise Refused(f"The header {name} is set by the desk.", field="headers", hint="Take this line away.")
    if not header.is_secret:
        template.check(header.value, "header", field="headers")


def _body(shape: Shape) -> None:
    if len(shape.body) > _LONGEST_BODY:
        raise Refused("The template is too long.", field="body", hint=f"At most {_LONGEST_BODY} characters.")
    if shape.events and shape.method not in ("POST", "PUT", "PATCH"):
        raise Refused("Events are sent with POST.", field="method", hint="Choose POST, or take the events away.")
    if shape.content == "form":
        for line in shape.body.splitlines():
            if line.strip() and not line.partition("=")[0].strip():
                raise Refused(f"{line.strip()[:40]} has no name.", field="body", hint="One line for each: name={{placeholder}}.")
    for text, kind, field in templates(shape)[1:]:
        template.check(text, kind, field=field)


def _answer(shape: Shape) -> None:
    for one in shape.mapping:
        pointer.parts(one.pointer)
        if not one.key.strip() or len(one.key) > 80:
            raise Refused(f"{one.pointer[:60]} goes nowhere.", field="mapping", hint="Choose a field, or write a label.")
    if shape.is_card and shape.method != "GET":
        raise Refused("A card is fetched with GET.", field="method", hint="Choose GET.")
    if shape.is_card and not 10 <= shape.card_seconds <= 86_400:
        raise Refused("A card is kept 10 seconds to a day.", field="card_seconds", hint="300 is usual.")
    if "BEGIN CERTIFICATE" not in shape.ca_pem and shape.ca_pem.strip():
        raise Refused("That is no certificate.", field="ca_pem", hint="Paste it with its BEGIN and END lines.")


def _few(field: str, listed: Sequence[object], most: int) -> None:
    if len(listed) > most:
        raise Refused(f"At most {most} {field}.", field=field, hint="Take some away.")
