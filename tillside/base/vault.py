"""Secrets at rest: sealed with a key that lies in the data folder, outside the database, so a copied database opens nothing."""

import hmac
import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tillside.base.errors import Misconfigured

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class Vault:
    """AES-256-GCM; `place` (such as ``"1/connector/con_…/secret"``) is bound in, so a sealed value cannot be moved to another row."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, folder: Path) -> "Vault":
        """The vault of a data folder; its key is made on first use. Raises Misconfigured when the key file is damaged."""
        path = folder / "secret.key"
        if not path.exists():
            _create(path)
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
        if len(key) != _KEY_BYTES:
            raise Misconfigured(f"{path} is not the key this desk was set up with. Restore it from the backup of the data folder.")
        return cls(key)

    def seal(self, value: str, place: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value.encode(), place.encode())

    def unseal(self, sealed: bytes, place: str) -> str:
        """Raises Misconfigured when the key file does not belong to this database."""
        try:
            return self._cipher.decrypt(bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:]), place.encode()).decode()
        except InvalidTag as error:
            raise Misconfigured("The key file does not belong to this database. Restore both from the same backup.") from error

    def key(self, purpose: str) -> bytes:
        """A key of its own for one purpose, such as signing the addresses of files: the same in every process of this data folder."""
        return hmac.new(self._key, b"key/" + purpose.encode(), sha256).digest()

    def code(self, purpose: str) -> str:
        """A short code to read and type, such as ``k7d2-9fqm-x3hv``: the same in every process of this data folder, stored nowhere."""
        number = int.from_bytes(hmac.new(self._key, b"code/" + purpose.encode(), sha256).digest())
        letters = [_LETTERS[(number >> 5 * place) & 31] for place in range(12)]
        return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def _create(path: Path) -> None:
    """Written aside and linked into place, so that two processes that start together end up with one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"secret.{os.getpid()}.tmp")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(os.urandom(_KEY_BYTES).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
