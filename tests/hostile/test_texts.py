"""Naughty texts through the port, in every place a text can stand: carried as they are or refused calmly, the same on both stores."""

import base64
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support import payloads
from tests.support.served import Served, Tenant

LISTED = Path(__file__).with_name("text_verdicts.json")
PLACES = ("trait", "page", "order", "number", "who", "name")


def events(text: str) -> list[dict[str, Any]]:
    """The text in each of PLACES."""
    time = {"sentAt": 1714550400000}
    order: dict[str, Any] = {"orderId": "T", "amount": 1, "currency": "EUR", "createdAt": 1714550400000}
    return [
        {"event": "identify", "userProperties": {"uid": "t", "firstName": text, "city": text, text[:60]: text}, "did": "d", "time": time},
        {
            "event": "page_view",
            "properties": {"name": text, "list": [text]},
            "context": {"page": {"title": text, "url": text}},
            "did": "d",
            "time": time,
        },
        {
            "event": "order",
            "properties": {
                **order,
                "orderName": text,
                "status": text,
                "coupons": [text],
                "billingCity": text,
                "items": [{"id": "1", "price": 1, "quantity": 1, "name": text}],
            },
            "userProperties": {"uid": "t"},
            "time": time,
        },
        {"event": "order", "properties": {**order, "orderId": text, "items": []}, "userProperties": {"uid": "t"}, "time": time},
        {
            "event": "identify",
            "userProperties": {"uid": text, "email": text, "phone": text},
            "did": text,
            "sid": text,
            "eventId": text,
            "time": time,
        },
        {"event": text, "properties": {}, "did": "d", "time": {"sentAt": text}},
    ]


def verdicts(served: Served, tenant: Tenant, text: str) -> list[str]:
    whole = {"event": "send_batch", "appClientId": tenant.key, "events": events(text)}
    answer = served.client.post("/v2/bt", json={"hs": base64.b64encode(json.dumps(whole).encode()).decode()})
    assert answer.status_code == 200, (text, answer.text)
    return [line["verdict"] for line in answer.json()["results"]]


@pytest.fixture(scope="module")
def listed() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(LISTED.read_text(encoding="utf-8")) if LISTED.exists() else {}
    return found


@pytest.mark.parametrize("kind", payloads.CLASSES)
def test_texts_are_judged_as_listed_and_worked_in(served: Served, tenant: Tenant, listed: dict[str, list[str]], kind: str) -> None:
    found = {f"{kind}/{number}": verdicts(served, tenant, text) for number, text in enumerate(payloads.CLASSES[kind])}
    if os.environ.get("TILLSIDE_WRITE_ANSWERS"):
        listed.update(found)
        LISTED.write_text(json.dumps(listed, ensure_ascii=False).replace("], ", "],\n") + "\n", encoding="utf-8")
    assert found == {name: listed[name] for name in found}
    assert served.count(tenant, "parked") == 0


def test_the_list_names_every_text_and_no_other() -> None:
    names = {f"{kind}/{number}" for kind, texts in payloads.CLASSES.items() for number in range(len(texts))}
    assert set(json.loads(LISTED.read_text(encoding="utf-8"))) == names
    assert len(names) >= 300


def test_a_text_comes_back_as_it_was_sent(served: Served, tenant: Tenant) -> None:
    """Through REST, as a program reads it: nothing is escaped, cut or changed beyond NUL and white space around it."""
    with_key = {"x-richpanel-key": tenant.rest_key}
    texts = [text for _, text in payloads.naughty()]
    orders = [
        {"properties": {"orderId": f"n{n}", "amount": 1, "currency": "EUR", "billingCity": text, "items": []}} for n, text in enumerate(texts)
    ]
    answer = served.client.post(f"/v1/order/{tenant.key}", json={"orders": orders}, headers=with_key)
    assert (answer.status_code, answer.json()) == (200, f"{len(texts)} of {len(texts)} orders accepted.")
    for number in range(0, len(texts), 3):
        found = served.client.get(f"/v1/order/{tenant.key}/n{number}", headers=with_key).json().get("billingCity", "")
        sent = texts[number].replace("\0", "")
        assert found in (sent, sent.strip()) or not sent.strip(BLANK), (texts[number], found)


BLANK = "\u200b\ufeff\u2060\u180e\u00a0\u2003\u3000 \t\r\n\x0b\x0c"
SHARP = [
    text
    for number, (kind, text) in enumerate(payloads.naughty())
    if text.strip(".") and (kind in ("headers", "paths") or number % 20 == 0)  # a client takes dots out of a path itself
]
"""What is most likely to hurt a path or a header, and a sample of the rest."""


@pytest.mark.parametrize("path", ["/v1/customers/email/{}", "/v1/customers/phone/{}", "/v1/order/KEY/{}", "/v1/order/{}", "/v2/j/{}", "/v1/{}"])
def test_a_text_in_a_path_is_never_a_fault_of_ours(served: Served, tenant: Tenant, path: str) -> None:
    for text in SHARP:
        where = path.replace("KEY", tenant.key).format(quote(text.encode("utf-8", "surrogatepass"), safe="")[:6000])
        raw = httpx.URL(served.url, raw_path=where.encode())
        answer = served.client.get(raw, headers={"x-richpanel-key": tenant.rest_key})
        assert answer.status_code in (200, 404, 405), (text, where, answer.status_code)


@pytest.mark.parametrize("name", ["Idempotency-Key", "x-richpanel-key", "Origin", "X-Forwarded-For", "Content-Encoding", "Content-Type"])
def test_a_text_in_a_header_is_never_a_fault_of_ours(served: Served, tenant: Tenant, name: str) -> None:
    body = json.dumps({"h": base64.b64encode(json.dumps({"event": "page_view", "appClientId": tenant.key}).encode()).decode()}).encode()
    for text in SHARP[::2]:
        value = "".join(sign for sign in text if 31 < ord(sign) < 127 or 160 < ord(sign) < 256).strip().encode("latin-1")[:4000]
        for path, content in (("/v2/t", body), ("/v1/customers", b"{}")):
            headers = [(b"x-richpanel-key", tenant.rest_key.encode())] if name != "x-richpanel-key" else []
            answer = served.client.post(path, content=content, headers=[*headers, (name.encode(), value)])
            assert answer.status_code < 500, (text, path, answer.status_code)
