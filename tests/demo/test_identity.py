"""Who is signed in, as the pages say it to the tracker: both forms of proof, and nothing for a stranger."""

import base64
import hashlib
import hmac
import json
import re
import time
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from httpx import Client

from tests.demo.conftest import JWT_SECRET, SECRET
from tillside.demo import identity

VECTOR = (
    "000102030405060708090a0b0c0d0e0f:2246e315c6baa4d339cf0882d6d578320cb8ae4d5e40fd6797757c3f784892d0"
    "6bfdee4df1a9c198b051a22367b93f13bfe23ee2a5d28514fe2ee33887bcd709a26db4dfd4d712e44bfa5e245cac82b3"
    "8ba6c997ef453ae008f28f82c6bb8ecc"
)


def test_the_recipe_gives_the_token_of_the_contract() -> None:
    plaintext = '{"id":"cust-1001","firstName":"Ada","lastName":"Example","email":"ada@example.com"}'
    assert identity.encrypt(plaintext, "test-secret-for-interop", bytes(range(16))) == VECTOR


def test_signing_in_puts_the_encrypted_token_before_the_snippet(shop: Client) -> None:
    page = shop.post("/sign-in", data={"uid": "20418", "proof": "token"})
    assert page.text.index("window.richpanelSettings") < page.text.index("/v2/j/fernfold10")
    assert decrypted(token_on(page.text)) == {
        "id": "20418",
        "firstName": "Ingrid",
        "lastName": "Halvorsen-Bjørnstad",
        "email": "ingrid.halvorsen@example.com",
    }
    assert token_on(page.text) != token_on(shop.get("/").text), "each page has its own start vector"


def test_the_stronger_proof_is_a_web_token_for_this_connector(shop: Client) -> None:
    page = shop.post("/sign-in", data={"uid": "20418", "proof": "jwt"})
    head, body, mark = token_on(page.text).split(".")
    expected = hmac.new(JWT_SECRET.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    claims = json.loads(unpadded(body))
    assert unpadded(mark) == expected
    assert json.loads(unpadded(head)) == {"alg": "HS256", "typ": "JWT"}
    assert (claims["aud"], claims["sub"], claims["email"]) == ("fernfold10", "20418", "ingrid.halvorsen@example.com")
    assert 0 < claims["exp"] - time.time() <= 3600


def test_signing_out_takes_the_token_away_and_tells_the_tracker(shop: Client) -> None:
    shop.post("/sign-in", data={"uid": "20418", "proof": "token"})
    page = shop.post("/sign-out")
    assert "richpanelSettings" not in page.text
    assert "data-signed-out" in page.text
    assert "data-signed-out" not in shop.get("/").text


def test_a_typed_address_opens_an_account_once(shop: Client) -> None:
    first = shop.post("/sign-in", data={"uid": "", "email": "Eve@example.com", "name": "Eve Example", "proof": "token"})
    shop.post("/sign-out")
    again = shop.post("/sign-in", data={"uid": "", "email": "eve@example.com", "name": "", "proof": "token"})
    assert decrypted(token_on(first.text))["id"] == decrypted(token_on(again.text))["id"]
    assert shop.post("/sign-in", data={"uid": "", "email": "nobody", "name": ""}).status_code == 422


def test_a_name_is_shown_as_text(shop: Client) -> None:
    page = shop.post("/sign-in", data={"uid": "", "email": "x@example.com", "name": "</script><script>alert(1)</script>", "proof": "jwt"})
    assert "<script>alert(1)" not in page.text


def token_on(page: str) -> str:
    found = re.search(r'window\.richpanelSettings = "([^"]+)"', page)
    assert found
    return found[1]


def decrypted(token: str) -> dict[str, Any]:
    """The desk's half of the recipe, from the contract and not from the shop's code."""
    iv, ciphertext = (bytes.fromhex(part) for part in token.split(":"))
    key = hashlib.sha256(SECRET.encode()).hexdigest()[:32].encode()
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    unpadder = PKCS7(128).unpadder()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    fields: dict[str, Any] = json.loads(unpadder.update(padded) + unpadder.finalize())
    return fields


def unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
