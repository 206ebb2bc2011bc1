"""Says who is signed in, in the two forms the desk reads: the mission's encrypted token and a signed web token.

Nothing here is trusted by the shop itself; its own sign-in is a cookie (`store`).
"""

import base64
import hashlib
import hmac
import json
import secrets
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from tillside.demo.people import Person

JWT_SECONDS = 30 * 60


def encrypted_token(person: Person, secret: str, *, iv: bytes | None = None) -> str:
    """The mission's recipe, ``hex(iv):hex(ciphertext)``, over id, names and email. `iv` is given only by the seed."""
    fields = {"id": person.uid, "firstName": person.first_name, "lastName": person.last_name, "email": person.email}
    plaintext = json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False, separators=(",", ":"))
    return encrypt(plaintext, secret, iv or secrets.token_bytes(16))


def encrypt(plaintext: str, secret: str, iv: bytes) -> str:
    """AES-256-CBC with PKCS#7; the key is the first 32 characters of the secret's hexadecimal SHA-256 (contract 1.2)."""
    key = hashlib.sha256(secret.encode()).hexdigest()[:32].encode("ascii")
    padder = PKCS7(128).padder()
    padded = padder.update(plaintext.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return iv.hex() + ":" + (encryptor.update(padded) + encryptor.finalize()).hex()


def web_token(person: Person, key: str, jwt_secret: str, *, now: float | None = None) -> str:
    """A web token signed with HS256 for this connector alone (`aud`), good for half an hour."""
    issued_at = int(time.time() if now is None else now)
    claims = {"aud": key, "sub": person.uid, "email": person.email, "firstName": person.first_name, "lastName": person.last_name}
    claims = {name: value for name, value in claims.items() if value}
    head = _part({"alg": "HS256", "typ": "JWT"})
    body = _part({**claims, "iat": issued_at, "exp": issued_at + JWT_SECONDS})
    mark = hmac.new(jwt_secret.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{_base64url(mark)}"


def _part(value: object) -> str:
    return _base64url(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
