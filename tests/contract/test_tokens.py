"""Identity tokens through the port (contract 1.2; decisions 2 and 3): what makes a customer, and the forgery that must not."""

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.contract import clients
from tests.contract.cases import read_customer
from tests.support.served import SECRET, Served, Tenant
from tillside.base.signing import make_token, make_web_token

VECTORS = json.loads((Path(__file__).parents[1] / "fixtures" / "crypto_vectors.json").read_text(encoding="utf-8"))
ADA = {"id": "cust-1001", "firstName": "Ada", "email": "ada@example.com"}
CARRIERS = ("userToken", "userProperties", "user_properties", "encryptUserData")


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def view(served: Served, tenant: Tenant, device: str = "d", **more: Any) -> dict[str, Any]:
    event = {"event": "page_view", "did": device, "time": {"sentAt": 1714550400000}, "appClientId": tenant.key, **more}
    answer = served.client.post("/v2/t", json={"h": encoded(event)})
    assert answer.status_code == 200, answer.text
    served.settle()
    said: dict[str, Any] = answer.json()
    return said


def order_of(served: Served, tenant: Tenant, uid: str, email: str) -> None:
    """The shop's own server says that this id and this e-mail belong together."""
    body = {"customer": {"uid": uid, "email": email}}
    assert served.client.post("/v1/customers", json=body, headers={"x-richpanel-key": tenant.rest_key}).status_code == 200


def label(served: Served, tenant: Tenant) -> str:
    rows = served.rows("select label from event where workspace_id = :w order by id desc limit 1", w=tenant.workspace_id)
    return str(rows[0][0])


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_token_is_found_in_every_place_clients_put_it(served: Served, tenant: Tenant, carrier: str) -> None:
    view(served, tenant, **{carrier: make_token(ADA, SECRET)})
    assert read_customer(served, tenant, "ada@example.com")["type"] == "customer"


@pytest.mark.parametrize("places", [("properties",), ("envelope",), ("properties", "envelope")], ids="+".join)
def test_android_s_token_is_read_wherever_it_stands_and_never_shown(served: Served, tenant: Tenant, places: tuple[str, ...]) -> None:
    token, traits = make_token(ADA, SECRET), {"uid": "cust-1001", "email": "ada@example.com"}
    event = {"event": "identify", "properties": traits, "appClientId": tenant.key, "did": "android-0123456789abcdef", "version": "1.0.2"}
    for place in places:
        (traits if place == "properties" else event)["encryptUserData"] = token
    request = clients.android(json.dumps(event), SECRET)
    answer = served.client.post(request.path, headers=request.headers, content=request.body)
    assert answer.json()["verdict"] == "accepted" and answer.json().get("notes", []) == []
    served.settle()
    ada = read_customer(served, tenant, "ada@example.com")
    assert (ada["type"], ada["uid"]) == ("customer", "cust-1001")
    assert token not in json.dumps(ada)
    assert not [row for row in served.rows("select doc from profile where workspace_id = :w", w=tenant.workspace_id) if token in row[0]]


@pytest.mark.parametrize("said", [None, "", " ", "not a token", 7])
def test_an_android_client_with_nobody_signed_in_is_a_visitor(served: Served, tenant: Tenant, said: object) -> None:
    view(served, tenant, encryptUserData=said, properties={"encryptUserData": said})
    assert served.count(tenant, "profile", "kind = 1") == 0 and served.count(tenant, "event") == 1


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_token_on_a_batch_holds_for_its_events(served: Served, tenant: Tenant, carrier: str) -> None:
    events = [{"event": "page_view", "did": "d", "time": {"sentAt": 1714550400000}}]
    whole = {"event": "send_batch", "appClientId": tenant.key, carrier: make_token(ADA, SECRET), "events": events}
    assert served.client.post("/v2/bt", json={"hs": encoded(whole)}).status_code == 200
    served.settle()
    assert read_customer(served, tenant, "ada@example.com")["type"] == "customer"


@pytest.mark.parametrize("number", range(len(VECTORS["vectors"])))
def test_the_known_vectors_open(served: Served, tenant: Tenant, number: int) -> None:
    vector = VECTORS["vectors"][number]
    plain = json.loads(vector["plaintext"])
    view(served, tenant, userToken=vector["token"])
    if plain.get("email"):
        assert read_customer(served, tenant, plain["email"])["uid"] == plain.get("id", plain.get("uid"))
    else:
        assert served.count(tenant, "profile", "kind = 1") == 0


def test_editing_the_first_block_makes_nobody_somebody_else(served: Served, tenant: Tenant) -> None:
    """The forgery of decision 2: without a MAC, xor on the IV turns "cust-1001" into "cust-1002". Id and e-mail then do not agree."""
    order_of(served, tenant, "cust-1001", "ada@example.com")
    order_of(served, tenant, "cust-1002", "victim@example.com")
    iv, body = make_token(ADA, SECRET, iv=bytes(16)).split(":")
    place = json.dumps(ADA, separators=(",", ":")).index("cust-1001") + len("cust-1001") - 1
    edited = bytearray.fromhex(iv)
    edited[place] ^= ord("1") ^ ord("2")
    view(served, tenant, userToken=f"{edited.hex()}:{body}")
    assert "not known together" in label(served, tenant)
    assert served.count(tenant, "event", "trust > 0 and name = 'page_view'") == 0
    assert served.count(tenant, "merge") == 0


def test_a_token_that_agrees_with_the_shop_s_word_acts_as_the_customer(served: Served, tenant: Tenant) -> None:
    order_of(served, tenant, "cust-1001", "ada@example.com")
    view(served, tenant, userToken=make_token(ADA, SECRET))
    assert served.count(tenant, "event", "trust = 1 and name = 'page_view'") == 1
    assert served.count(tenant, "profile", "into_id is null") == 1


@pytest.mark.parametrize(
    "person", [{"id": "cust-1001"}, {"id": "cust-1001", "email": "mallory@example.com"}, {"id": "new", "email": "ada@example.com"}]
)
def test_a_token_that_names_half_a_customer_reads_nothing(served: Served, tenant: Tenant, person: dict[str, str]) -> None:
    order_of(served, tenant, "cust-1001", "ada@example.com")
    view(served, tenant, userToken=make_token(person, SECRET))
    assert served.count(tenant, "event", "trust > 0 and name = 'page_view'") == 0
    assert read_customer(served, tenant, "ada@example.com")["uid"] == "cust-1001"


@pytest.mark.parametrize("person", [{"id": "fresh"}, {"email": "fresh@example.com"}, {"uid": "fresh", "firstName": "F"}])
def test_half_a_name_that_nobody_holds_makes_no_customer(served: Served, tenant: Tenant, person: dict[str, str]) -> None:
    view(served, tenant, userToken=make_token(person, SECRET))
    assert "only labels events" in label(served, tenant)
    assert served.count(tenant, "profile", "kind = 1") == 0
    assert served.count(tenant, "event", "trust > 0") == 0


def test_what_a_page_says_beside_a_good_token_stays_what_a_page_says(served: Served, tenant: Tenant) -> None:
    """The token vouches for who it is, not for the traits in the open part of the event."""
    body = {"customer": {"uid": "cust-1001", "email": "ada@example.com", "firstName": "Ada"}}
    assert served.client.post("/v1/customers", json=body, headers={"x-richpanel-key": tenant.rest_key}).status_code == 200
    said = {"uid": "cust-1001", "email": "ada@example.com", "firstName": "Mallory", "city": "Oslo"}
    later = {"sentAt": int(time.time() * 1000) + 60_000}
    view(served, tenant, userToken=make_token({"id": "cust-1001", "email": "ada@example.com"}, SECRET), userProperties=said, time=later)
    found = read_customer(served, tenant, "ada@example.com")
    assert (found["firstName"], found["city"]) == ("Ada", "Oslo")


def test_a_token_binds_no_address_that_owns_orders_already(served: Served, tenant: Tenant) -> None:
    event = {
        "event": "order",
        "properties": {"orderId": "1", "amount": 5, "currency": "EUR", "items": []},
        "userProperties": {"email": "ada@example.com"},
    }
    h = encoded({**event, "time": {"sentAt": 1714550400000}, "appClientId": tenant.key})
    assert served.client.post("/v2/t", json={"h": h}).status_code == 200
    view(served, tenant, userToken=make_token(ADA, SECRET))
    assert "orders already exist" in label(served, tenant)


def sealed(plain: bytes) -> str:
    """A token around any bytes at all, made with the right secret."""
    pad = 16 - len(plain) % 16
    cipher = Cipher(algorithms.AES(hashlib.sha256(SECRET.encode()).hexdigest()[:32].encode()), modes.CBC(bytes(16))).encryptor()
    return bytes(16).hex() + ":" + (cipher.update(plain + bytes([pad]) * pad) + cipher.finalize()).hex()


DAMAGED = {
    "another secret": make_token(ADA, "another"),
    "no colon": "00" * 16,
    "half a block": "00" * 16 + ":" + "00" * 8,
    "wrong padding": make_token(ADA, SECRET)[:-2] + "00",
    "not hex": "zz" * 16 + ":" + "zz" * 16,
    "too long": "00" * 16 + ":" + "00" * 4096,
    "a key twice": sealed(b'{"id":"cust-1001","id":"cust-1002","email":"ada@example.com"}'),
    "a list": sealed(b'["cust-1001","ada@example.com"]'),
    "not UTF-8": sealed(b'{"id":"cust-1001","email":"ada@example.com","x":"\xff"}'),
    "NaN": sealed(b'{"id":"cust-1001","email":"ada@example.com","x":NaN}'),
    "unsigned web token": base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=") + ".e30.",
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_token_is_an_anonymous_event_with_the_reason_for_the_shop(served: Served, tenant: Tenant, how: str) -> None:
    answer = view(served, tenant, userToken=DAMAGED[how])
    assert (answer["verdict"], answer["notes"]) == ("accepted", [])
    assert served.count(tenant, "event", "trust = 0") == 1
    assert served.count(tenant, "profile", "kind = 1") == 0
    assert "identity" in label(served, tenant)


def claims(tenant: Tenant, **more: Any) -> dict[str, Any]:
    return {"aud": tenant.key, "sub": "cust-9", "email": "jwt@example.com", "exp": int(time.time()) + 600, **more}


def test_a_web_token_of_the_connector_proves_the_customer(served: Served, tenant: Tenant) -> None:
    view(served, tenant, userToken=make_web_token(claims(tenant), tenant.connector.token_secret))
    assert served.count(tenant, "event", "trust = 3") == 1
    assert read_customer(served, tenant, "jwt@example.com")["type"] == "customer"


BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "ended": {"exp": 1000},
    "lasts two hours": {"exp": int(time.time()) + 7200},
    "no end": {"exp": None},
    "another audience": {"aud": "other10"},
    "nobody": {"sub": None},
}


@pytest.mark.parametrize("how", BAD_CLAIMS)
def test_a_web_token_out_of_order_proves_nothing(served: Served, tenant: Tenant, how: str) -> None:
    view(served, tenant, userToken=make_web_token(claims(tenant, **BAD_CLAIMS[how]), tenant.connector.token_secret))
    assert served.count(tenant, "event", "trust > 0") == 0
    assert served.count(tenant, "profile", "kind = 1") == 0


@pytest.mark.parametrize("which", ["the API secret", "another shop's"])
def test_a_web_token_needs_the_secret_of_its_own(served: Served, tenant: Tenant, which: str) -> None:
    secret = SECRET if which == "the API secret" else served.tenant().connector.token_secret
    view(served, tenant, userToken=make_web_token(claims(tenant), secret))
    assert served.count(tenant, "event", "trust > 0") == 0
