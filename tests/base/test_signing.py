"""Tokens and signatures: the contract's vectors, every kind of damage alike, and nothing longer than an hour."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from tillside.base import signing

VECTORS = json.loads((Path(__file__).parent.parent / "fixtures" / "crypto_vectors.json").read_text(encoding="utf-8"))
SECRET = VECTORS["secret"]
IV = bytes.fromhex(VECTORS["iv_hex"])
NOW = 1_795_444_966_000_000
SECONDS = NOW // 1_000_000


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["plaintext"][:24])
def test_a_token_of_the_contract_opens(vector: dict[str, str]) -> None:
    assert signing.open_token(vector["token"], SECRET) == json.loads(vector["plaintext"])


def test_a_token_made_here_equals_the_contracts() -> None:
    vector = VECTORS["vectors"][0]
    assert signing.make_token(json.loads(vector["plaintext"]), SECRET, iv=IV) == vector["token"]


def test_a_secret_beyond_ascii_is_read_as_utf8() -> None:
    vector = VECTORS["utf8_secret_vector"]
    assert signing.open_token(vector["token"], vector["secret"]) == {"id": "1"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        ":",
        "abc",
        VECTORS["iv_hex"] + ":",
        VECTORS["iv_hex"] + ":zz" * 16,
        "00:" + "00" * 16,
        VECTORS["iv_hex"] + ":" + "00" * 15,
        "x" * 9000,
    ],
)
def test_a_damaged_token_names_nobody(token: str) -> None:
    assert signing.open_token(token, SECRET) is None


def test_a_token_of_another_secret_names_nobody() -> None:
    assert signing.open_token(VECTORS["vectors"][0]["token"], "another secret") is None


@pytest.mark.parametrize("plain", ['{"id":1,"id":2}', '{"id":NaN}', '["id"]', "7", "{", '{"id":"\udcff"}'])
def test_a_token_that_holds_no_strict_object_names_nobody(plain: str) -> None:
    assert signing.open_token(_sealed(plain.encode("utf-8", "surrogateescape")), SECRET) is None


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40) | st.integers(-(2**53), 2**53), max_size=6))
def test_what_goes_into_a_token_comes_out(person: dict[str, object]) -> None:
    assert signing.open_token(signing.make_token(person, SECRET), SECRET) == person


@given(st.text(max_size=200))
def test_no_text_makes_opening_a_token_fail_loudly(text: str) -> None:
    assert signing.open_token(text, SECRET) is None or ":" in text


@pytest.mark.parametrize(("kind", "length"), [("md5", 32), ("sha256", 64)])
def test_both_signatures_in_use_are_understood(kind: str, length: int) -> None:
    signature = hashlib.new(kind, b"aGVsbG8=" + SECRET.encode()).hexdigest()
    assert len(signature) == length
    assert signing.signature_matches(signature, "aGVsbG8=", SECRET)
    assert signing.signature_matches(signature.upper(), "aGVsbG8=", SECRET)
    assert not signing.signature_matches(signature, "aGVsbG9=", SECRET)
    assert not signing.signature_matches(signature, "aGVsbG8=", SECRET + "x")


@pytest.mark.parametrize("signature", ["", "0", "é" * 32, "0" * 40])
def test_what_is_no_signature_never_matches(signature: str) -> None:
    assert not signing.signature_matches(signature, "aGVsbG8=", SECRET)


def test_a_web_token_names_its_person() -> None:
    claims, reason = _open({"sub": "20418", "email": "ada@example.com", "aud": "fernfold10", "exp": SECONDS + 3600})
    assert reason == ""
    assert claims is not None
    assert claims["sub"] == "20418"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"aud": "other10"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": None}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": SECONDS - 61}, "exp"),
        ({"exp": SECONDS + 7200}, "exp"),
        ({"sub": None}, "sub"),
        ({"sub": ["20418"]}, "sub"),
    ],
)
def test_a_web_token_that_says_too_little_or_too_much_is_refused(change: dict[str, object], word: str) -> None:
    claims, reason = _open({"sub": "20418", "aud": "fernfold10", "exp": SECONDS + 600, **change})
    assert claims is None
    assert word in reason


def test_a_web_token_without_a_signature_is_refused() -> None:
    head, body, _ = signing.make_web_token({"sub": "1", "aud": "fernfold10", "exp": SECONDS + 60}, SECRET).split(".")
    for token in (f"{head}.{body}.", f"eyJhbGciOiJub25lIn0.{body}.", f"{head}.{body}.AAAA"):
        assert signing.open_web_token(token, SECRET, audience="fernfold10", at=NOW)[0] is None


def _open(claims: dict[str, object]) -> tuple[dict[str, object] | None, str]:
    token = signing.make_web_token({name: value for name, value in claims.items() if value is not None}, SECRET)
    return signing.open_web_token(token, SECRET, audience="fernfold10", at=NOW)


def _sealed(plain: bytes) -> str:
    pad = 16 - len(plain) % 16
    key = hashlib.sha256(SECRET.encode()).hexdigest()[:32].encode()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(IV)).encryptor()
    return IV.hex() + ":" + (encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).hex()
