"""Who comes, with what in hand, and how they ask."""

import secrets
from typing import Any

import httpx

from tests.isolation.routes import GIVEN, QUERIES, Case
from tests.isolation.world import Place, filled
from tests.support.served import Served
from tillside.agents import session

_STREAM_BYTES = 20_000


def agent(token: str) -> dict[str, str]:
    """What the browser of somebody signed in sends along, the token of its forms included."""
    return {"cookie": f"tillside={token}", "x-form-token": session.form_token_of(token), "accept": "text/html"}


def key(text: str) -> dict[str, str]:
    return {"x-richpanel-key": text}


def shopper(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "origin": "null"}


def everywhere(text: str) -> dict[str, str]:
    """One credential, tried at every door."""
    return agent(text) | key(text) | shopper(text)


def forged(like: str) -> str:
    """As long as a real one and with its beginning, by somebody who knows how they look."""
    return like[:4] + secrets.token_urlsafe(len(like))[: len(like) - 4]


def ask(
    served: Served, case: Case, headers: dict[str, str], *, path: dict[str, str], given: dict[str, str], wide: bool = False
) -> httpx.Response:
    """A request with rows of `path` in its path and of `given` in its query and body. `wide`: everything a query can name is named."""
    address = filled(case.path, case.method, path)
    if wide:
        address += "?" + str(httpx.QueryParams({name: value(given) for name, value in QUERIES.items()}))
    more = body(case, given)
    served.client.cookies.clear()  # what one answer left behind is not in the next one's hands
    if case.is_stream:
        return _beginning(served, address, headers)
    return served.client.request(case.method, address, headers=headers, **more)


def body(case: Case, ids: dict[str, str]) -> dict[str, Any]:
    if case.id not in GIVEN:
        return {}
    said = GIVEN[case.id](ids)
    if "files" in said and len(said) == 1:
        return {"files": said["files"]}
    if "content" in said and len(said) == 1:
        return {"content": said["content"]}
    return {"data": said} if case.kind == "agent" or case.path in ("/sign-in", "/setup", "/setup/you") else {"json": said}


def owner(case: Case, place: Place, token: str) -> dict[str, str]:
    """What the one who may brings."""
    return {"rest": key(place.keys[""]), "shopper": shopper(place.shopper_token)}.get(case.kind) or agent(token)


def _beginning(served: Served, address: str, headers: dict[str, str]) -> httpx.Response:
    """The first of a stream: what it tells of the past. That it tells nothing of what comes is test_streams.py."""
    told = {**headers, "last-event-id": "0", "accept": "text/event-stream"}
    with served.client.stream("GET", address, headers=told, timeout=httpx.Timeout(30, read=0.4)) as answer:
        text = b""
        try:
            for part in answer.iter_bytes():
                text += part
                if len(text) > _STREAM_BYTES:
                    break
        except httpx.ReadTimeout:
            pass
        return httpx.Response(answer.status_code, headers=answer.headers, content=text)
