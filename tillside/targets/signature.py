"""The signature of a call as the Standard Webhooks specification says: who receives it can prove that we sent it, and when."""

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256

from tillside.base import stamps
from tillside.targets.secrets import PREFIX


def headers(secrets: Sequence[str], call_id: str, body: bytes, *, at: int) -> list[tuple[str, str]]:
    """``webhook-id``, ``webhook-timestamp`` (seconds, of this try) and, where there are secrets, ``webhook-signature``: one ``v1,…`` for each.

    Signed is ``id.timestamp.body`` with HMAC-SHA256 under the bytes that the secret spells in base64 after ``whsec_``.
    """
    seconds = str(at // stamps.SECOND)
    said = [("webhook-id", call_id), ("webhook-timestamp", seconds)]
    if secrets:
        signed = f"{call_id}.{seconds}.".encode() + body
        said.append(("webhook-signature", " ".join([_signature(secret, signed) for secret in secrets])))
    return said


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
