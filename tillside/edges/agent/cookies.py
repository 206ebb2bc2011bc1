"""The desk's cookies: who is signed in, and the token that ties a form to its browser before anybody is."""

from starlette.requests import Request
from starlette.responses import Response

_SESSION = "tillside"
_DOOR = "tillside-door"
THEME = "tillside-theme"
_VIEW = "tillside-view"
_YEAR_SECONDS = 31_536_000


def is_private(request: Request, public_url: str) -> bool:
    """Whether cookies can be bound to a secure place: https here or in front of us, or localhost, which browsers trust alike."""
    return request.url.scheme == "https" or public_url.startswith("https://") or request.url.hostname == "localhost"


def session(request: Request, *, private: bool) -> str:
    """The session token the browser brought; empty when none."""
    return request.cookies.get(_name(_SESSION, private), "")


def door(request: Request, *, private: bool) -> str:
    return request.cookies.get(_name(_DOOR, private), "")


def last_view(request: Request) -> str:
    """The list this browser looked at last."""
    return request.cookies.get(_VIEW, "")[:80]


def keep_view(response: Response, key: str, *, private: bool) -> None:
    response.set_cookie(_VIEW, key, max_age=_YEAR_SECONDS, path="/", secure=private, httponly=True, samesite="lax")


def keep_session(response: Response, token: str, *, private: bool, seconds: int) -> None:
    """Sign the browser in. Out of reach of scripts and of other sites' forms."""
    response.set_cookie(_name(_SESSION, private), token, max_age=seconds, path="/", secure=private, httponly=True, samesite="lax")


def keep_door(response: Response, token: str, *, private: bool) -> None:
    response.set_cookie(_name(_DOOR, private), token, path="/", secure=private, httponly=True, samesite="lax")


def drop_session(response: Response, *, private: bool) -> None:
    response.delete_cookie(_name(_SESSION, private), path="/", secure=private, httponly=True, samesite="lax")


def _name(name: str, private: bool) -> str:
    """`__Host-`: no sibling host can set it over ours (RFC 6265bis 4.1.3.2)."""
    return f"__Host-{name}" if private else name
