"""A server of OAuth2 tokens (RFC 6749, 4.4) on the receiver of the tests. What it takes and refuses is decided by oauthlib, not by us.

tokens = TokenServer({"shop": "secret"}, scopes=["holds"])
receiver.does("/token", tokens.gives)
receiver.does("/holds", tokens.guards(behave.answer(200)))
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import unquote_plus

from msgspec import Struct
from oauthlib.common import Request
from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

from tests.support import behave
from tests.support.receiver import Behaviour, Talk

ADDRESS = "https://tokens.example/token"
"""As whoever ends TLS before it would tell it: the library gives nothing over plain HTTP."""


class Asked(Struct, frozen=True):
    """How a token was asked for, as far as it was understood."""

    client_id: str
    proof: Literal["header", "form", "none"]
    scope: str
    was_given: bool


class TokenServer(RequestValidator):
    """`clients`: id → secret; `scopes`: those it gives, the first where none is asked for; `lasts`: seconds, as it says."""

    def __init__(self, clients: Mapping[str, str], *, scopes: Sequence[str] = (), lasts: int = 3600) -> None:
        self.clients, self.scopes, self.lasts = dict(clients), list(scopes), lasts
        self.asked: list[Asked] = []
        self.given: list[str] = []
        self.good: set[str] = set()
        self._server = BackendApplicationServer(self, token_expires_in=lambda _: self.lasts)

    async def gives(self, talk: Talk) -> bool:
        """The token endpoint."""
        said, form = dict(talk.got.headers), talk.got.body.decode()
        assert talk.got.method == "POST"
        headers, body, status = self._server.create_token_response(ADDRESS, "POST", form, said)
        proof, client_id, _ = self._proof(Request(ADDRESS, "POST", form, said))
        scope = json.loads(body).get("scope", "")
        self.asked.append(Asked(client_id, proof, scope, status == 200))
        return bool(await behave.answer(status, body.encode(), headers=list(headers.items()))(talk))

    def guards(self, behaviour: Behaviour) -> Behaviour:
        """An endpoint that wants one of the tokens that are good."""

        async def guarded(talk: Talk) -> bool | None:
            is_good, _ = self._server.verify_request(ADDRESS, "POST", "", {"Authorization": talk.got.header("authorization")}, [])
            return await (behaviour if is_good else behave.answer(401, b'{"error": "invalid_token"}'))(talk)

        return guarded

    def authenticate_client(self, request: Request, *_: Any, **__: Any) -> bool:
        client_id, secret = self._proof(request)[1:]
        request.client = _Client(client_id)
        return client_id in self.clients and self.clients[client_id] == secret

    def validate_grant_type(self, client_id: str, grant_type: str, *_: Any, **__: Any) -> bool:
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id: str, request: Request, *_: Any, **__: Any) -> list[str]:
        return self.scopes[:1] or ["all"]

    def validate_scopes(self, client_id: str, scopes: list[str], *_: Any, **__: Any) -> bool:
        return set(scopes) <= {*self.scopes, *([] if self.scopes else ["all"])}

    def save_bearer_token(self, token: Mapping[str, Any], request: Request, *_: Any, **__: Any) -> None:
        self.given.append(token["access_token"])
        self.good.add(token["access_token"])

    def validate_bearer_token(self, token: str, scopes: list[str], request: Request) -> bool:
        return token in self.good

    def _proof(self, request: Request) -> tuple[Literal["header", "form", "none"], str, str]:
        """RFC 6749, 2.3.1: HTTP Basic over the form-encoded id and secret, or both in the form; never both ways."""
        kind, _, said = next((value for name, value in request.headers.items() if name.lower() == "authorization"), "").partition(" ")
        form: dict[str, str] = dict(request.decoded_body or [])
        if kind == "Basic" and "client_secret" not in form:
            client_id, _, secret = base64.b64decode(said, validate=True).decode("ascii").partition(":")
            return "header", unquote_plus(client_id), unquote_plus(secret)
        if not kind and "client_secret" in form:
            return "form", form.get("client_id", ""), form["client_secret"]
        return "none", "", ""


class _Client:
    """What the library wants of a client: its id."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
