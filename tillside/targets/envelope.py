"""The headers a request gets at the moment it is sent: secrets, sign-in, signature. And the same as the log may show them."""

import base64
from collections.abc import Sequence

from msgspec import Struct

from tillside.targets import signature
from tillside.targets.attempts import DOTS, Headers
from tillside.targets.request import Request
from tillside.targets.secrets import Unsealed
from tillside.targets.shape import Basic, Shape


class Envelope(Struct, frozen=True):
    """`headers` as they are sent, `shown` as the log keeps them; `secrets`: whatever may not be seen in the answer either."""

    headers: Headers
    shown: Headers
    secrets: Sequence[str]


def of(target: Shape, request: Request, unsealed: Unsealed, *, call_id: str, number: int, at: int, token: str = "") -> Envelope:
    """`token`: what the sign-in server gave, where the target has one. The id stays the same for every try; time and signature do not."""
    hidden = [(one.name, unsealed.headers.get(one.name.lower(), "")) for one in target.headers if one.is_secret]
    signed_in = _authorization(target, unsealed, token)
    if signed_in:
        hidden.append(("authorization", signed_in))
    ours = signature.headers(unsealed.signing if target.signs else (), call_id, request.body.encode(), at=at)
    ours.append(("x-tillside-attempt", str(number)))
    secrets = [*unsealed.all, *([token] if token else []), *([signed_in.partition(" ")[2]] if signed_in else [])]
    sent = [*request.headers, *hidden, *ours]
    shown = [*request.headers, *[(name, DOTS) for name, _ in hidden], *ours]
    return Envelope(sent, shown, sorted(set(secrets), key=len, reverse=True))


def _authorization(target: Shape, unsealed: Unsealed, token: str) -> str:
    if target.auth is None:
        return ""
    if isinstance(target.auth, Basic):
        return "Basic " + base64.b64encode(f"{target.auth.user}:{unsealed.auth}".encode()).decode()
    return "Bearer " + (token or unsealed.auth)
