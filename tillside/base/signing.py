"""Proofs about who a shopper is and who sent a request: the legacy encrypted token, the signed web token, body signatures.

The token's scheme is contract section 1.2: AES-256-CBC, key = the first 32 characters of the hexadecimal SHA-256 of the secret,
token = hex(iv) ":" hex(ciphertext). It has no MAC, so opening it proves little; who may act on it is decided in customers/proof.py.
"""

import hmac
import json
from functools import lru_cache
from hashlib import md5, sha256
from os import urandom
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pybase64 import urlsafe_b64decode, urlsafe_b64encode

TOKEN_LIMIT = 4096
_BLOCK = 16
_HEX = frozenset("0123456789abcdefABCDEF")


def open_token(token: str, secret: str) -> dict[str, Any] | None:
    """The object inside a legacy token, or None for every kind of failure alike (no oracle): length, hex, blocks, padding, text, JSON."""
    head, colon, body = token.partition(":")
    if len(token) > TOKEN_LIMIT or not colon or len(head) != 2 * _BLOCK or not body or len(body) % (2 * _BLOCK):
        return None
    if not (_HEX.issuperset(head) and _HEX.issuperset(body)):
        return None
    decryptor = Cipher(_algorithm(secret), modes.CBC(bytes.fromhex(head))).decryptor()
    plain = _unpadded(decryptor.update(bytes.fromhex(body)) + decryptor.finalize())
    return None if plain is None else _strict_object(plain)


def make_token(person: dict[str, Any], secret: str, *, iv: bytes | None = None) -> str:
    """The legacy token for a person, as the mission's recipe makes it."""
    plain = json.dumps(person, ensure_ascii=False, separators=(",", ":")).encode()
    pad = _BLOCK - len(plain) % _BLOCK
    vector = urandom(_BLOCK) if iv is None else iv
    encryptor = Cipher(_algorithm(secret), modes.CBC(vector)).encryptor()
    return vector.hex() + ":" + (encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).hex()


def signature_matches(signature: str, body: str, secret: str) -> bool:
    """Whether `s` signs the base64 text `body` (`h` or `hs`): MD5 or SHA-256 of text + secret, in hexadecimal (contract 1.3)."""
    text = (body + secret).encode()
    kind = {32: lambda: md5(text, usedforsecurity=False).hexdigest(), 64: lambda: sha256(text).hexdigest()}.get(len(signature))
    return kind is not None and hmac.compare_digest(kind().encode(), signature.lower().encode())


def open_web_token(token: str, secret: str, *, audience: str, at: int) -> tuple[dict[str, Any] | None, str]:
    """The claims of a signed web token (JWT, HS256 only; decision 3), or None with the reason. `at` is in microseconds.

    It must name `audience` in ``aud``, a person in ``sub`` or ``uid``, and end (``exp``) within the hour.
    """
    parts = token.split(".")
    if len(token) > TOKEN_LIMIT or len(parts) != 3:
        return None, "the web token does not have three parts"
    head, claims = _part(parts[0]), _part(parts[1])
    if head is None or claims is None or head.get("alg") != "HS256":
        return None, "the web token is not HS256"
    expected = hmac.new(secret.encode(), f"{parts[0]}.{parts[1]}".encode(), sha256).digest()
    if not hmac.compare_digest(urlsafe_b64encode(expected).rstrip(b"="), parts[2].encode()):
        return None, "the web token is signed with another secret"
    return _current(claims, audience, at // 1_000_000)


def _current(claims: dict[str, Any], audience: str, seconds: int) -> tuple[dict[str, Any] | None, str]:
    named = claims.get("aud")
    if audience != named and not (isinstance(named, list) and audience in named):
        return None, "the web token is meant for another connector (aud)"
    end = claims.get("exp")
    if not isinstance(end, int | float) or isinstance(end, bool):
        return None, "the web token has no end (exp)"
    if end < seconds - 60:
        return None, "the web token has ended (exp)"
    if end > seconds + 3660:
        return None, "the web token lasts longer than an hour (exp)"
    if not isinstance(claims.get("sub", claims.get("uid")), str | int):
        return None, "the web token names nobody (sub)"
    return claims, ""


def make_web_token(claims: dict[str, Any], secret: str) -> str:
    """A signed web token (HS256) with these claims."""
    parts = [urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=") for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(secret.encode(), b".".join(parts), sha256).digest()
    return b".".join([*parts, urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@lru_cache(maxsize=1024)
def _algorithm(secret: str) -> algorithms.AES:
    return algorithms.AES(sha256(secret.encode()).hexdigest()[:32].encode())


def _unpadded(plain: bytes) -> bytes | None:
    pad = plain[-1]
    if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes([pad]) * pad:
        return None
    return plain[:-pad]


def _strict_object(plain: bytes) -> dict[str, Any] | None:
    """Strict on purpose: a block garbled by an edit survives lenient decoding 40,000 times more often than strict."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        value = json.loads(plain.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _part(text: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, msgspec.MsgspecError):
        return None
    return value if isinstance(value, dict) else None
