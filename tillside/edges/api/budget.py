"""How fast a REST key may call, told with every answer (contract 2.1); and how fast an address may try keys that are not valid."""

import math

import msgspec
from starlette.responses import Response

from tillside.base.bucket import Buckets
from tillside.base.errors import NotAllowed, TooMany
from tillside.edges.http import answers


class NoKey(NotAllowed):
    """The x-richpanel-key header is missing or its key is not valid."""

    code = "unknown_key"


class Budget(msgspec.Struct):
    """What one key, or one address without a key, has left of what it may do. `name` tells whose."""

    buckets: Buckets
    name: str

    def take(self) -> None:
        """Raises TooMany."""
        wait = self.buckets.wait(self.name)
        if wait:
            raise TooMany(retry_after_seconds=math.ceil(wait))

    def refuse_stranger(self, error: NoKey) -> Response:
        """401, or 429 to an address that keeps trying."""
        try:
            self.take()
        except TooMany as many:
            return answers.refusal(many)
        return answers.refusal(error, status=401)

    def headers(self) -> dict[str, str]:
        """The rate-limit headers every answer carries; none when there is no limit."""
        if not self.buckets.rate:
            return {}
        return {"X-RateLimit-Limit": str(int(self.buckets.burst)), "X-RateLimit-Remaining": str(self.buckets.left(self.name))}
