"""Tokens and trust: the forgery of decision 2, the rules of binding one by one, web tokens, and what unsigned events may not touch."""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.conftest import Store
from tests.support.inside import ARRIVAL, Inside, Tenant
from tillside.base import signing
from tillside.base.trust import Trust
from tillside.customers import timeline
from tillside.customers.timeline import EventLine, Sieve

SECRET = "test-secret-for-interop"
ADA = {"id": "1001", "email": "ada@shop.example", "firstName": "Ada"}
BOB = {"id": "1002", "email": "bob@shop.example"}
NOW = ARRIVAL // 1_000_000


@pytest.fixture
async def inside(store: Store) -> AsyncIterator[Inside]:
    opened = await Inside.open(store)
    yield opened
    await opened.close()


async def shop(inside: Inside, *people: dict[str, Any]) -> Tenant:
    """A shop whose server has named these people by id and e-mail."""
    tenant = await inside.tenant()
    for one in people:
        said = {"event": "identify", "userProperties": {"uid": one["id"], "email": one["email"]}, "eventId": f"in-{one['id']}"}
        await inside.take(tenant, [said], trust=Trust.PROVEN)
    return tenant


async def visit(inside: Inside, tenant: Tenant, token: str, **more: Any) -> EventLine:
    """One page view that carries a token, as the desk then lists it."""
    await inside.take(tenant, [{"event": "page_view", "did": "d1", "userToken": token, **more}])
    await inside.work()
    lines = await timeline.stream(inside.desk.store, tenant.workspace_id, Sieve(said="page_view"))
    return lines[0]


async def holder(inside: Inside, tenant: Tenant, uid: str) -> str | None:
    row = await inside.desk.store.one(
        "select profile_id from identifier where workspace_id = :w and value = :uid and kind = 'uid' and tier = 1",
        w=tenant.workspace_id,
        uid=uid,
    )
    return str(row[0]) if row else None


def legacy(person: dict[str, Any], secret: str = SECRET) -> str:
    return signing.make_token(person, secret, iv=bytes(range(16)))


def forged(token: str, old: bytes, new: bytes) -> str:
    """The token with its first block edited through the IV, as anybody who sees it can: no secret is needed."""
    head, body = token.split(":")
    vector = bytearray(bytes.fromhex(head))
    start = len(b'{"id":"')
    for place, (was, now) in enumerate(zip(old, new, strict=True), start):
        vector[place] ^= was ^ now
    return vector.hex() + ":" + body


async def test_a_token_forged_through_its_iv_acts_as_nobody(inside: Inside) -> None:
    """Decision 2: Ada edits her own token until it carries Bob's id. It opens, and is not believed."""
    tenant = await shop(inside, ADA, BOB)
    token = forged(legacy(ADA), b"1001", b"1002")
    opened = signing.open_token(token, SECRET)
    assert opened is not None and opened["id"] == "1002", "the forgery itself works: the scheme has no MAC"
    line = await visit(inside, tenant, token)
    assert (line.trust, line.label.identity) == (Trust.TYPED, "the token's id and e-mail are not known together")
    assert line.profile_id not in {await holder(inside, tenant, "1001"), await holder(inside, tenant, "1002")}


async def test_a_forged_id_nobody_has_yet_acts_as_nobody_either(inside: Inside) -> None:
    tenant = await shop(inside, ADA)
    line = await visit(inside, tenant, forged(legacy(ADA), b"1001", b"7777"))
    assert line.trust == Trust.TYPED and await holder(inside, tenant, "7777") is None


async def test_a_token_of_an_id_alone_only_labels(inside: Inside) -> None:
    tenant = await shop(inside, ADA)
    line = await visit(inside, tenant, legacy({"id": "1001"}))
    assert (line.trust, line.label.identity) == (Trust.TYPED, "the token names no id and e-mail together, so it only labels events")


async def test_a_token_of_an_e_mail_alone_only_labels(inside: Inside) -> None:
    tenant = await shop(inside, ADA)
    assert (await visit(inside, tenant, legacy({"email": "ada@shop.example"}))).trust == Trust.TYPED


async def test_a_token_that_agrees_with_the_shop_acts_as_the_customer(inside: Inside) -> None:
    tenant = await shop(inside, ADA)
    line = await visit(inside, tenant, legacy(ADA))
    assert (line.trust, line.label.identity, line.profile_id) == (Trust.SIGNED, "", await holder(inside, tenant, "1001"))


@pytest.mark.parametrize("person", [{"uid": "1001", "email": "ADA@shop.example "}, {"id": 1001, "email": "ada@shop.example"}])
async def test_spellings_of_one_pair_are_one_pair(inside: Inside, person: dict[str, Any]) -> None:
    tenant = await shop(inside, ADA)
    assert (await visit(inside, tenant, legacy(person))).profile_id == await holder(inside, tenant, "1001")


async def test_the_first_token_of_a_pair_nobody_knows_makes_the_binding(inside: Inside) -> None:
    tenant = await shop(inside)
    assert (await visit(inside, tenant, legacy(ADA))).trust == Trust.SIGNED
    again = await visit(inside, tenant, legacy(ADA), eventId="again")
    assert (again.trust, again.profile_id) == (Trust.SIGNED, await holder(inside, tenant, "1001"))
    assert (await visit(inside, tenant, legacy({**ADA, "email": "eve@shop.example"}), eventId="eve")).trust == Trust.TYPED
    assert (await visit(inside, tenant, legacy({**ADA, "id": "6666"}), eventId="six")).trust == Trust.TYPED


@pytest.mark.parametrize("known", [{"uid": "1001"}, {"email": "ada@shop.example"}])
async def test_half_a_pair_known_from_the_shop_makes_no_binding(inside: Inside, known: dict[str, str]) -> None:
    tenant = await shop(inside)
    await inside.take(tenant, [{"event": "identify", "userProperties": known}], trust=Trust.PROVEN)
    assert (await visit(inside, tenant, legacy(ADA))).trust == Trust.TYPED


@pytest.mark.parametrize("known", [{"uid": "1001"}, {"email": "ada@shop.example"}])
async def test_whoever_owns_orders_is_bound_by_no_token(inside: Inside, known: dict[str, str]) -> None:
    """Even unsigned orders count: somebody else's token must not collect them."""
    tenant = await shop(inside)
    await inside.take(tenant, [{"event": "order", "userProperties": known, "properties": {"orderId": "1"}, "eventId": "o"}])
    line = await visit(inside, tenant, legacy(ADA))
    assert line.trust == Trust.TYPED and line.label.identity.startswith("orders already exist")


async def test_typed_words_do_not_keep_a_customer_from_signing_in(inside: Inside) -> None:
    tenant = await shop(inside)
    await inside.take(tenant, [{"event": "identify", "userProperties": {"uid": "1001", "email": "ada@shop.example"}, "eventId": "t"}])
    assert (await visit(inside, tenant, legacy(ADA))).trust == Trust.SIGNED


@pytest.mark.parametrize(
    "token",
    [
        legacy(ADA, "another-secret"),
        legacy(ADA)[:-2],
        legacy(ADA)[:-32],
        legacy(ADA) + "0" * 32,
        legacy(ADA).replace(":", ""),
        "z" * 32 + legacy(ADA)[32:],
        legacy(ADA) * 60,
        ":",
        "a.b.c",
        "nonsense",
    ],
)
async def test_a_token_that_fails_leaves_an_accepted_anonymous_event(inside: Inside, token: str) -> None:
    tenant = await shop(inside, ADA)
    line = await visit(inside, tenant, token)
    assert (line.word, line.trust) == ("accepted", Trust.TYPED) and line.label.identity
    assert line.profile_id != await holder(inside, tenant, "1001")


async def test_a_key_that_stands_twice_spoils_a_token(inside: Inside) -> None:
    tenant = await shop(inside, ADA)
    plain = b'{"id":"1001","email":"ada@shop.example","id":"1001"}'
    pad = 16 - len(plain) % 16
    key = sha256(SECRET.encode()).hexdigest()[:32].encode()
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    token = "00" * 16 + ":" + (cipher.update(plain + bytes([pad]) * pad) + cipher.finalize()).hex()
    assert (await visit(inside, tenant, token)).trust == Trust.TYPED


def web(tenant: Tenant, **changes: Any) -> str:
    claims = {"sub": "1001", "email": "ada@shop.example", "aud": tenant.connector.api_key, "exp": NOW + 600, **changes}
    return signing.make_web_token({name: value for name, value in claims.items() if value is not None}, tenant.connector.token_secret)


async def test_a_web_token_proves_who_is_there(inside: Inside) -> None:
    tenant = await shop(inside)
    line = await visit(inside, tenant, web(tenant))
    assert (line.trust, line.profile_id) == (Trust.PROVEN, await holder(inside, tenant, "1001"))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"exp": NOW - 120}, "ended"),
        ({"exp": NOW + 7200}, "longer than an hour"),
        ({"exp": None}, "no end"),
        ({"exp": True}, "no end"),
        ({"aud": "other10"}, "another connector"),
        ({"aud": None}, "another connector"),
        ({"sub": None}, "names nobody"),
        ({"sub": {"a": 1}}, "names nobody"),
    ],
)
async def test_a_web_token_out_of_order_proves_nothing(inside: Inside, changes: dict[str, Any], word: str) -> None:
    tenant = await shop(inside)
    line = await visit(inside, tenant, web(tenant, **changes))
    assert line.trust == Trust.TYPED and word in line.label.identity


async def test_a_web_token_needs_its_own_secret_and_hs256(inside: Inside) -> None:
    tenant = await shop(inside)
    by_api_secret = signing.make_web_token({"sub": "1001", "aud": tenant.connector.api_key, "exp": NOW + 60}, SECRET)
    assert (await visit(inside, tenant, by_api_secret)).trust == Trust.TYPED
    none = "eyJhbGciOiJub25lIn0." + web(tenant).split(".")[1] + "."
    assert (await visit(inside, tenant, none, eventId="none")).trust == Trust.TYPED
    tampered = web(tenant)[:-2] + ("AA" if not web(tenant).endswith("AA") else "BB")
    assert (await visit(inside, tenant, tampered, eventId="tampered")).trust == Trust.TYPED


def order(uid: str | None, **properties: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"event": "order", "properties": {"orderId": "1", "currency": "USD", **properties}}
    return {**said, "userProperties": {"uid": uid}} if uid else said


ITEMS = [{"id": "n", "name": "Notebook", "price": 10, "quantity": 1}]


async def test_an_unsigned_event_never_overwrites_what_the_shop_said(inside: Inside) -> None:
    """Decision 4: later stamp, other amount, other status, other customer; all of it is held, none of it shown."""
    tenant = await shop(inside, ADA)
    said = order("1001", amount=10, items=ITEMS, status="placed", updatedAt=ARRIVAL // 1000 - 5000)
    await inside.take(tenant, [said], trust=Trust.PROVEN)
    await inside.take(tenant, [order("eve", amount=0, items=[{"id": "x", "price": 0, "quantity": 9}], status="refunded")])
    await inside.work()
    row = await inside.desk.store.one(
        "select amount, value, state, summary, profile_id, trust, has_held from orders where workspace_id = :w", w=tenant.workspace_id
    )
    assert row == (1000, 1000, "placed", "Notebook", await holder(inside, tenant, "1001"), 3, 1)


async def test_an_unsigned_event_never_overwrites_a_trait_the_shop_said(inside: Inside) -> None:
    tenant = await shop(inside)
    ada = {"uid": "1001", "email": "ada@shop.example", "firstName": "Ada"}
    await inside.take(tenant, [{"event": "identify", "userProperties": ada}], trust=Trust.PROVEN)
    await inside.take(tenant, [{"event": "page_view", "did": "d1", "userToken": legacy(ADA), "userProperties": {"firstName": "Eve"}}])
    await inside.work()
    row = await inside.desk.store.one("select name from profile where workspace_id = :w and kind = 1", w=tenant.workspace_id)
    assert row == ("Ada",)


async def test_unsigned_words_make_visitors_never_customers(inside: Inside) -> None:
    tenant = await shop(inside)
    await inside.take(tenant, [order("1001", amount=5), {"event": "identify", "userProperties": {"uid": "1", "email": "x@shop.example"}}])
    await inside.work()
    kinds = await inside.desk.store.read("select kind from profile where workspace_id = :w", w=tenant.workspace_id)
    assert {row[0] for row in kinds} == {0}


async def test_an_equal_e_mail_never_joins_what_was_typed_to_anybody(inside: Inside) -> None:
    tenant = await shop(inside, ADA)
    for uid in ("1001", "other", None):
        said = {"uid": uid, "email": "ada@shop.example"} if uid else {"email": "ada@shop.example"}
        await inside.take(tenant, [{"event": "identify", "userProperties": said, "eventId": str(uid)}])
    await inside.work()
    rows = await inside.desk.store.read("select id from profile where workspace_id = :w and into_id is not null", w=tenant.workspace_id)
    assert rows == []
    lines = await timeline.stream(inside.desk.store, tenant.workspace_id, Sieve(said="identify"))
    assert len({line.profile_id for line in lines}) == 4, "the shop's Ada and three visitors"
