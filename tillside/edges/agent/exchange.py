"""A call and its answer laid out line by line for reading: first line, headers, body; JSON indented and coloured. Pure."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tillside.edges.agent import printed
from tillside.edges.agent.printed import Line, Token
from tillside.targets import attempts

DOTS = "••••••••"
LATE = "written when it leaves"
_LONGEST_BODY = 60_000
_DECODE = msgspec.json.Decoder(float_hook=str).decode


def request(method: str, url: str, headers: Sequence[tuple[str, str]], body: str) -> list[Line]:
    """``POST /holds``, then the host and every header, then the body."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    first = Line([Token("word", method), Token("", f" {path}")], "")
    named = [("host", parts.netloc), *((name.lower(), value) for name, value in headers)]
    return [first, *_headers(named), *_body(named, body)]


def answer(status: int, headers: Sequence[tuple[str, str]], body: str, *, is_cut: bool = False) -> list[Line]:
    """``503 Service Unavailable``, then every header, then the body."""
    known = {one.value: one.phrase for one in HTTPStatus}
    first = Line([Token("word", str(status)), Token("", f" {known.get(status, '')}".rstrip())], "")
    cut = [Line([Token("quiet", "… and more, which is not kept")], "")] if is_cut else []
    return [first, *_headers([(name.lower(), value) for name, value in headers]), *_body(headers, body), *cut]


def _headers(headers: Sequence[tuple[str, str]]) -> list[Line]:
    return [
        Line([Token("key", name), Token("", ": "), Token("quiet" if value in (DOTS, LATE, attempts.DOTS) else "", value)], "")
        for name, value in headers
        if name or value
    ]


def _body(headers: Sequence[tuple[str, str]], body: str) -> list[Line]:
    if not body:
        return []
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    return [
        Line([Token("", " ")], ""),
        *(_laid_out(kind, body) or [Line([Token("", line or " ")], "") for line in body[:_LONGEST_BODY].split("\n")]),
    ]


def _laid_out(kind: str, body: str) -> list[Line]:
    """JSON indented, a form one pair a line; [] for what is neither."""
    if "urlencoded" in kind:
        return [
            Line([Token("key", name), Token("", " = "), Token("text", value)], "") for name, value in parse_qsl(body, keep_blank_values=True)
        ]
    try:
        return printed.lines(_DECODE(body), {}) if body.lstrip()[:1] in ("{", "[") else []
    except (msgspec.DecodeError, RecursionError):
        return []


def said(words: str) -> list[Line]:
    """Plain words where there is no exchange to show."""
    return [Line([Token("quiet", words)], "")]
