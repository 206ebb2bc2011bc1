"""OAuth2 client credentials (RFC 6749, 4.4): a token is fetched when needed, kept in memory until shortly before it ends."""

import asyncio
import base64
import time
from collections.abc import Callable
from hashlib import blake2b
from urllib.parse import quote_plus, urlencode

import msgspec
from msgspec import Struct

from tillside.base import stamps
from tillside.base.outbound import Answer, Failure, Outbound
from tillside.targets.shape import OAuth2

_EARLY = 30 * stamps.SECOND
"""A token is renewed so long before it ends, or at half its time where that is short: none ends while a call that carries it is out."""
_USUAL_SECONDS = 300
_MOST_KEPT = 1_000
_REST = 5 * stamps.SECOND
"""After a failure nobody asks again for so long: calls that waited for the same token do not each wait for a server that hangs."""
_REFUSALS = {
    "invalid_client": "it does not know this client, or not with this secret",
    "unauthorized_client": "this client may not have tokens this way",
    "invalid_scope": "it does not give this scope",
    "access_denied": "it denies access",
}
"""The words of RFC 6749 5.2 that mean the credentials, and nothing that will pass by itself."""
_Key = tuple[str, bytes]


class Token(Struct, frozen=True):
    """`is_fresh`: fetched for this very call, so a receiver that refuses it would refuse the next as well."""

    text: str
    is_fresh: bool


class _Told(Struct):
    access_token: str
    token_type: str
    expires_in: float | int | str | None = None


class _Refusal(Struct):
    error: str = ""


class Tokens:
    """The tokens of one process, by target and by what they were asked with. One fetch at a time for each target."""

    def __init__(self, outbound: Outbound, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._outbound, self._tick = outbound, tick
        self._kept: dict[_Key, tuple[str, int]] = {}
        self._failed: dict[_Key, tuple[Failure, int]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def token(self, target_id: str, asked: OAuth2, secret: str, *, at: int, seconds: float, ca_pem: str = "") -> Token:
        """A token that is good for a while, within so many seconds. Raises Failure when the other side gives none."""
        key = (target_id, _asked_with(asked, secret, ca_pem))
        began = self._tick()
        async with self._turns.setdefault(target_id, asyncio.Lock()):
            text, until = self._kept.get(key, ("", 0))
            if until > at:
                return Token(text, is_fresh=False)
            failure, until = self._failed.get(key, (None, 0))
            if failure is not None and until > at:
                raise failure
            if len(self._kept) + len(self._failed) >= _MOST_KEPT:
                self._kept.clear()
                self._failed.clear()
            try:
                told = await self._fetch(asked, secret, seconds, ca_pem)
            except Failure as error:
                self._failed[key] = (error, self._later(at, began) + _REST)
                raise
            self._failed.pop(key, None)
            lasts = _lasts(told)
            self._kept[key] = (told.access_token, self._later(at, began) + lasts - min(_EARLY, lasts // 2))
            return Token(told.access_token, is_fresh=True)

    def forget(self, target_id: str, text: str) -> None:
        """The receiver no longer takes this token: the next call fetches another. One that came meanwhile is kept."""
        for key in [key for key, (kept, _) in self._kept.items() if key[0] == target_id and kept == text]:
            del self._kept[key]

    def _later(self, at: int, began: float) -> int:
        return at + int((self._tick() - began) * stamps.SECOND)

    async def _fetch(self, asked: OAuth2, secret: str, seconds: float, ca_pem: str) -> _Told:
        url, (headers, form) = asked.token_url.strip(), _request(asked, secret)
        try:
            answer = await self._outbound.send(
                "POST", url, headers=headers, body=urlencode(form).encode(), ca_pem=ca_pem, total_seconds=seconds
            )
        except Failure as error:
            raise Failure(f"No token could be fetched: {error.reason}", code=error.code, is_permanent=error.is_permanent) from error
        if answer.status != 200:
            raise _refused(answer)
        try:
            told = msgspec.json.decode(answer.body, type=_Told)
        except msgspec.MsgspecError as error:
            raise Failure("The token server’s answer holds no token.", code="connect") from error
        if not told.access_token.isascii() or not told.access_token.isprintable() or not told.access_token.strip():
            raise Failure("The token server’s answer holds no token.", code="connect")
        if told.token_type.lower() != "bearer":
            raise Failure("The token server gives tokens of a kind that is not “Bearer”.", code="connect")
        return told


def _request(asked: OAuth2, secret: str) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """The headers and the form that ask for a token. In the header id and secret are encoded as in a form first (RFC 6749, 2.3.1)."""
    form = {"grant_type": "client_credentials", **({"scope": asked.scope.strip()} if asked.scope.strip() else {})}
    headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")]
    if asked.proof == "form":
        return headers, {**form, "client_id": asked.client_id.strip(), "client_secret": secret}
    pair = base64.b64encode(f"{quote_plus(asked.client_id.strip())}:{quote_plus(secret)}".encode()).decode()
    return [("authorization", f"Basic {pair}"), *headers], form


def _refused(answer: Answer) -> Failure:
    """Why there is no token. Of what the server wrote only the words of the protocol are told."""
    try:
        error = msgspec.json.decode(answer.body, type=_Refusal).error
    except msgspec.MsgspecError:
        error = ""
    if answer.status in (400, 401, 403) and (error in _REFUSALS or answer.status != 400):
        why = f": {_REFUSALS[error]}" if error in _REFUSALS else ""
        said = f"The token server answered {answer.status}{why}. Check the client id, the secret and the scope."
        return Failure(said, code="credentials")
    return Failure(f"No token could be fetched: the token server answered {answer.status}.", code="connect")


def _asked_with(asked: OAuth2, secret: str, ca_pem: str) -> bytes:
    """What a token depends on: a form that tries other credentials must not be given the token of those that are kept."""
    return blake2b(msgspec.json.encode([msgspec.structs.astuple(asked), secret, ca_pem]), digest_size=16).digest()


def _lasts(told: _Told) -> int:
    """How long a token is good, in µs; five minutes where nothing is said."""
    try:
        seconds = float(_USUAL_SECONDS if told.expires_in is None else told.expires_in)
    except ValueError:
        seconds = _USUAL_SECONDS
    if not seconds >= 0:  # also what is no number
        seconds = 0
    return int(min(seconds, 86_400) * stamps.SECOND)
