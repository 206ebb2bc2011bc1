"""One call of a target, as it is sent by whoever sends one: the sender's queue, a card, a test. Signs in, signs, and masks for the log."""

import logging
import time
from collections.abc import Callable

from msgspec import Struct

from tillside.base.outbound import Answer, Failure, Outbound
from tillside.base.vault import Vault
from tillside.storage.database import Database, Transaction
from tillside.targets import attempts, envelope, secrets
from tillside.targets.attempts import Headers
from tillside.targets.oauth import Tokens
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
        self._tokens = Tokens(outbound)

    async def unsealed(self, store: Database | Transaction, target: Target, *, at: int) -> Unsealed:
        """The secrets of a target that is kept."""
        return await secrets.unsealed(store, self._vault, target.workspace_id, target.id, at=at)

    async def send(self, target: Target, request: Request, unsealed: Unsealed, *, call_id: str, number: int, at: int) -> Sent:
        """Send it once. `call_id`: what the receiver knows it by; `number`: of the try; `at`: the time that is signed."""
        began = self._tick()
        shown = request.headers
        try:
            token = await self._token(target, unsealed, at=at)
            made = envelope.of(target, request, unsealed, call_id=call_id, number=number, at=at, token=token)
            shown = made.shown
            answer = await self._outbound.send(
                request.method,
                request.url,
                headers=made.headers,
                body=request.body.encode(),
                total_seconds=target.timeout_seconds,
                ca_pem=target.ca_pem,
                may_repeat=target.tries == "schedule",
            )
        except Failure as error:
            return Sent(self._since(began), shown, failure=error)
        except Exception:  # one call nobody foresaw is a failed try like others: its schedule comes to an end
            logger.exception("a target could not be called")
            return Sent(self._since(began), shown, failure=Failure("The desk itself failed; its log says how.", code="protocol"))
        if answer.status == 401:
            self._tokens.forget(target.id)
        back, body = attempts.seen(answer, made.secrets)
        return Sent(answer.took_ms, shown, answer=answer, back=back, body=body)

    async def _token(self, target: Target, unsealed: Unsealed, *, at: int) -> str:
        if not isinstance(target.auth, OAuth2):
            return ""
        return await self._tokens.token(target.id, target.version, target.auth, unsealed.auth, at=at, ca_pem=target.ca_pem)

    def _since(self, began: float) -> int:
        return int((self._tick() - began) * 1000)
