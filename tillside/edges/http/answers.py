"""How each error of the house is answered over HTTP: its status once, its body for programs, its words for people."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tillside.base import errors
from tillside.base.errors import DeskError, Refused, TooMany, Unknown
from tillside.edges.http import body as bodies

_STATUS: tuple[tuple[type[DeskError], int], ...] = (
    (errors.Undecodable, 400),
    (errors.TooLarge, 413),
    (errors.Outdated, 412),
    (errors.Conflict, 409),
    (errors.Refused, 422),
    (errors.Unknown, 404),
    (errors.NotAllowed, 403),
    (errors.Busy, 503),
    (errors.TooMany, 429),
    (errors.Misconfigured, 500),
)
"""The first class that fits decides, so the narrower ones stand before the wider."""


class Told(msgspec.Struct, frozen=True):
    """An error as people read it: what happened, what was kept, what to do."""

    status: int
    happened: str
    kept: str
    todo: str


def status_of(error: DeskError) -> int:
    """The HTTP status of an error of the house."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def refusal(error: DeskError, *, status: int | None = None, more: Mapping[str, Any] | None = None) -> Response:
    """The answer for a program: ``{"error": {"message", "code", "field", "hint"}, "errors": {"message"}, "message"}``.

    The three places repeat one message, since clients of the contract look in different ones. `status` overrides the usual one
    (an unknown key is 401 at intake), `more` adds to the inner object.
    """
    told = error_body(error)
    told["error"].update(more or {})
    body = msgspec.json.encode(told)
    kind = Early if isinstance(error, errors.TooLarge) else Response
    return kind(body, status or status_of(error), headers=waiting(error), media_type="application/json")


class Early(Response):
    """An answer given before the body was read: the connection ends after it, but not before the sender could read it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*self.raw_headers, (b"connection", b"close")]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        await bodies.drain(receive)
        await send({"type": "http.response.body", "body": b""})


def nowhere(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer for a program that called what is not there (404), called it wrongly (405), or met a fault of ours (500)."""
    error = _NOWHERE.get(status, DeskError)()
    return Response(msgspec.json.encode(error_body(error)), status, headers=headers, media_type="application/json")


class NoPath(Unknown):
    """There is nothing at this address."""

    code = "no_such_path"


class NoMethod(Unknown):
    """This address does not take that method."""

    code = "no_such_method"


_NOWHERE: dict[int, type[DeskError]] = {404: NoPath, 405: NoMethod}


def error_body(error: DeskError) -> dict[str, Any]:
    """An error as programs read it (contract 2.1: the superset of every shape clients look into)."""
    field, hint = (error.field, error.hint) if isinstance(error, Refused) else ("", "")
    return {
        "error": {"message": error.message, "code": error.code, "field": field, "hint": hint},
        "errors": {"message": error.message},
        "message": error.message,
    }


def waiting(error: DeskError) -> dict[str, str]:
    """`Retry-After` where waiting helps."""
    return {"Retry-After": str(error.retry_after_seconds)} if isinstance(error, TooMany) else {}


def told(error: DeskError) -> Told:
    """The three sentences of the error page."""
    return in_words(status_of(error), error.message, error.hint if isinstance(error, Refused) else "")


def in_words(status: int, happened: str, todo: str = "") -> Told:
    """The same for an error that has only a status."""
    kept, usual = _WORDS.get(status, _WORDS[500])
    return Told(status, happened, kept, todo or usual)


_WORDS = {
    400: ("Nothing was changed.", "Go back, correct it and send again."),
    403: ("Nothing was changed.", "Ask an admin of your workspace if you need this."),
    404: ("Nothing was changed.", "Check the address, or go to the desk and look from there."),
    405: ("Nothing was changed.", "Go back and use the button of the page."),
    412: ("What was stored before is unchanged.", "Load the page again and look at what is there now."),
    409: ("What was stored before is unchanged.", "Load the page again and look at what is there now."),
    413: ("Nothing was stored.", "Send less at once."),
    422: ("Nothing was changed.", "Go back, correct it and send again."),
    429: ("Nothing was changed.", "Wait a moment, then try again."),
    503: ("Nothing was changed.", "Wait a moment, then try again."),
    500: ("What was stored before is unchanged.", "Try again. If it happens again, look into the log of the server."),
}
