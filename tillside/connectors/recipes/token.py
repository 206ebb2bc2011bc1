import hashlib
import json
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7


def user_token(user):
    key = hashlib.sha256(os.environ["TILLSIDE_SECRET"].encode()).hexdigest()[:32].encode()
    start = os.urandom(16)
    person = {name: user[name] for name in ("email", "firstName", "lastName")} | {"id": str(user["id"])}
    fill = PKCS7(128).padder()
    plain = fill.update(json.dumps(person).encode()) + fill.finalize()
    lock = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return start.hex() + ":" + (lock.update(plain) + lock.finalize()).hex()
