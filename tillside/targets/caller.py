"""One call of a target, as it is sent by whoever sends one: the sender's queue, a card, a test. Signs in, signs, and masks for the log."""

import logging
import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from tillside.base.outbound import Answer, Failure, Outbound
from tillside.base.vault import Vault
from tillside.storage.database import Database, Transaction
from tillside.targets import attempts, envelope, secrets
from tillside.targets.attempts import Headers
from tillside.targets.oauth import Token, Tokens
from tillside.targets.request import Request
from tillside.targets.secrets import Unsealed
from tillside.targets.shape import OAuth2
from tillside.targets.target import Target

logger = logging.getLogger(__name__)


class Sent(Struct, frozen=True):
    """What came of it. `shown`: our headers with dots for secrets; `back` and `body`: what came back, masked; one of `answer`, `failure`."""

    took_ms: int
    shown: Headers
    answer: Answer | None = None
    failure: Failure | None = None
    back: Headers = []
    body: str = ""


class Caller:
    """Holds the tokens of sign-in servers; everything else is given with each call."""

    def __init__(self, vault: Vault, outbound: Outbound, *, tick: Callable[[], float] = time.monotonic) -> None:
        self._vault, self._outbound, self._tick = vault, outbound, tick
        self._tokens = Tokens(outbound, tick=tick)

    async def unsealed(self, store: Database | Transaction, target: Target, *, at: int) -> Unsealed:
        """The secrets of a target that is kept."""
        return await secrets.unsealed(store, self._vault, target.workspace_id, target.id, at=at)

    async def send(self, target: Target, request: Request, unsealed: Unsealed, *, call_id: str, number: int, at: int) -> Sent:
        """Send it once. `call_id`: what the receiver knows it by; `number`: of the try; `at`: the time that is signed. A token that was
        kept and is refused (401) is replaced, and the same try made once more; all of it within the target's own time."""
        try_ = _Try(self._tick(), target, request, unsealed, call_id, number, at, request.headers)
        try:
            token = await self._token(try_)
            answer = await self._sent(try_, token)
            if answer.status == 401 and token.text and not token.is_fresh and target.tries == "schedule":
                token = await self._token(try_)
                answer = await self._sent(try_, token)
        except Failure as error:
            return Sent(self._since(try_.began), try_.shown, failure=error)
        except Exception:  # one call nobody foresaw is a failed try like others: its schedule comes to an end
            logger.exception("a target could not be called")
            return Sent(self._since(try_.began), try_.shown, failure=Failure("The desk itself failed; its log says how.", code="protocol"))
        back, body = attempts.seen(answer, try_.secrets)
        return Sent(self._since(try_.began), try_.shown, answer=answer, back=back, body=body)

    async def _sent(self, one: "_Try", token: Token) -> Answer:
        """Raises Failure. A token that is refused is not kept."""
        made = envelope.of(one.target, one.request, one.unsealed, call_id=one.call_id, number=one.number, at=one.at, token=token.text)
        one.shown, one.secrets = made.shown, [*one.secrets, *made.secrets]
        answer = await self._outbound.send(
            one.request.method,
            one.request.url,
            headers=made.headers,
            body=one.request.body.encode(),
            total_seconds=self._left(one),
            ca_pem=one.target.ca_pem,
            may_repeat=one.target.tries == "schedule",
        )
        if answer.status == 401:
            self._tokens.forget(one.target.id, token.text)
        return answer

    async def _token(self, one: "_Try") -> Token:
        target = one.target
        if not isinstance(target.auth, OAuth2):
            return Token("", is_fresh=False)
        return await self._tokens.token(target.id, target.auth, one.unsealed.auth, at=one.at, seconds=self._left(one), ca_pem=target.ca_pem)

    def _left(self, one: "_Try") -> float:
        """The seconds the target still has. Raises Failure when there are none: fetching a token is part of a try."""
        left = round(one.target.timeout_seconds - (self._tick() - one.began), 1)
        if left <= 0:
            raise Failure(f"No answer came within {one.target.timeout_seconds} seconds.", code="timeout")
        return left

    def _since(self, began: float) -> int:
        return int((self._tick() - began) * 1000)


class _Try(Struct):
    """One try while it is made. `shown`: our headers with dots for secrets; `secrets`: what may not be seen in the answer either."""

    began: float
    target: Target
    request: Request
    unsealed: Unsealed
    call_id: str
    number: int
    at: int
    shown: Headers
    secrets: Sequence[str] = ()
