import base64
import hashlib
import hmac
import json
import os
import time


def user_token(user):
    def part(content):
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    claims = {
        "aud": "{{key}}",
        "sub": str(user["id"]),
        "email": user["email"],
        "firstName": user["firstName"],
        "lastName": user["lastName"],
        "exp": int(time.time()) + 3600,
    }
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    seal = hmac.new(os.environ["TILLSIDE_TOKEN_SECRET"].encode(), text, hashlib.sha256).digest()
    return (text + b"." + part(seal)).decode()
