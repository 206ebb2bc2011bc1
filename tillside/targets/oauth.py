"""OAuth2 client credentials (RFC 6749, 4.4): a token is fetched when needed, kept in memory until shortly before it ends."""

import asyncio
import base64
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from tillside.base import stamps
from tillside.base.outbound import Failure, Outbound
from tillside.targets.shape import OAuth2

_EARLY = 30 * stamps.SECOND
_USUAL_SECONDS = 300
_MOST_KEPT = 1_000
_REST = 5 * stamps.SECOND
"""After a failure nobody asks again for so long: calls that waited for the same token do not each wait for a server that hangs."""


class _Told(Struct):
    access_token: str
    expires_in: float | int | str = _USUAL_SECONDS
    token_type: str = "Bearer"  # noqa: S105 - the word of the protocol, not a secret


class Tokens:
    """The tokens of one process, by target. One fetch at a time for each."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._kept: dict[tuple[str, int], tuple[str, int]] = {}
        self._failed: dict[tuple[str, int], tuple[Failure, int]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def token(self, target_id: str, version: int, asked: OAuth2, secret: str, *, at: int, ca_pem: str = "") -> str:
        """A token that is good for a while. Raises Failure when the other side gives none."""
        key = (target_id, version)
        async with self._turns.setdefault(target_id, asyncio.Lock()):
            token, until = self._kept.get(key, ("", 0))
            if until > at:
                return token
            failure, until = self._failed.get(key, (None, 0))
            if failure is not None and until > at:
                raise failure
            if len(self._kept) + len(self._failed) >= _MOST_KEPT:
                self._kept.clear()
                self._failed.clear()
            try:
                told = await self._fetch(asked, secret, ca_pem)
            except Failure as error:
                self._failed[key] = (error, at + _REST)
                raise
            self._kept[key] = (told.access_token, at + _lasts(told) - _EARLY)
            return told.access_token

    def forget(self, target_id: str) -> None:
        """The receiver no longer takes its token: the next call fetches another."""
        for key in [key for key in self._kept if key[0] == target_id]:
            del self._kept[key]

    async def _fetch(self, asked: OAuth2, secret: str, ca_pem: str) -> _Told:
        form = {"grant_type": "client_credentials", **({"scope": asked.scope} if asked.scope else {})}
        pair = base64.b64encode(f"{quote(asked.client_id, safe='')}:{quote(secret, safe='')}".encode()).decode()
        headers = [
            ("authorization", f"Basic {pair}"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ]
        try:
            answer = await self._outbound.send("POST", asked.token_url.strip(), headers=headers, body=urlencode(form).encode(), ca_pem=ca_pem)
        except Failure as error:
            raise Failure(f"No token could be fetched: {error.reason}", code=error.code, is_permanent=error.is_permanent) from error
        if answer.status != 200:
            raise Failure(f"The token server answered {answer.status}. Check the client id and secret.", code="connect")
        try:
            told = msgspec.json.decode(answer.body, type=_Told)
        except msgspec.MsgspecError as error:
            raise Failure("The token server’s answer holds no token.", code="connect") from error
        if not told.access_token.isascii() or not told.access_token.isprintable() or not told.access_token:
            raise Failure("The token server’s answer holds no token.", code="connect")
        return told


def _lasts(told: _Told) -> int:
    try:
        return int(min(max(float(told.expires_in), 0), 86_400) * stamps.SECOND)
    except ValueError:
        return _USUAL_SECONDS * stamps.SECOND
