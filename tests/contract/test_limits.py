"""Decision 9: sizes, counts and rates, each at its border."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from tests.support.served import Served, Tenant, exchange

BODY = 4 * 1024 * 1024
EVENT = 256 * 1024


def encoded(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.b64encode(text).decode()


def event(key: str, **more: Any) -> dict[str, Any]:
    return {"event": "wide", "did": "d", "appClientId": key, "time": {"sentAt": 1714550400000}, **more}


def post(served: Served, whole: object, field: str = "h", path: str = "/v2/t") -> Any:
    return served.client.post(path, json={field: encoded(whole)})


def test_a_body_at_the_limit_passes_and_one_byte_more_is_413(served: Served, tenant: Tenant) -> None:
    inner = json.dumps({"h": encoded(event(tenant.key))}).encode()
    full = inner + b" " * (BODY - len(inner))
    assert served.client.post("/v2/t", content=full).status_code == 200
    answer = served.client.post("/v2/t", content=full + b" ")
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"
    assert answer.headers["connection"] == "close"


def test_a_stated_length_beyond_the_limit_is_answered_before_the_body_comes(served: Served) -> None:
    heard = exchange(served.port, b"POST /v2/t HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (BODY + 1))
    assert heard.status == 413


def test_a_chunked_body_is_stopped_at_the_limit(served: Served) -> None:
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    head = b"POST /v2/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert exchange(served.port, head, *[chunk] * (BODY // 65536 + 2)).status == 413


@pytest.mark.parametrize("packed", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_a_packed_body_is_read(served: Served, tenant: Tenant, packed: Any) -> None:
    name = "gzip" if packed is gzip.compress else "deflate"
    body = packed(json.dumps({"h": encoded(event(tenant.key))}).encode())
    assert served.client.post("/v2/t", content=body, headers={"Content-Encoding": name}).status_code == 200


def test_a_packed_body_counts_by_what_it_grows_to(served: Served, tenant: Tenant) -> None:
    inner = json.dumps({"h": encoded(event(tenant.key))}).encode()
    noise = json.dumps({"x": base64.b64encode(bytes(range(256)) * 30).decode()}).encode()
    filling = b"".join(noise[number % 97 :] for number in range(BODY // len(noise)))[: BODY - 2 * len(inner)]
    assert served.client.post("/v2/t", content=gzip.compress(b" " * len(inner)), headers={"Content-Encoding": "gzip"}).status_code == 400
    answer = served.client.post("/v2/t", content=gzip.compress(filling * 2), headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 413


def test_an_encoding_nobody_reads_is_named(served: Served) -> None:
    answer = served.client.post("/v2/t", content=b"x", headers={"Content-Encoding": "br"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "Content-Encoding")


def test_an_event_at_its_limit_passes_and_one_byte_more_is_refused(served: Served, tenant: Tenant) -> None:
    empty = len(json.dumps(event(tenant.key, properties={"text": ""}), separators=(",", ":")))
    assert post(served, event(tenant.key, properties={"text": "x" * (EVENT - empty)})).status_code == 200
    answer = post(served, event(tenant.key, properties={"text": "x" * (EVENT - empty + 1)}))
    assert (answer.status_code, "256 KiB" in answer.json()["message"]) == (422, True)


def test_a_batch_of_500_passes_and_one_more_is_413(served: Served, tenant: Tenant) -> None:
    def batch(count: int) -> dict[str, Any]:
        listed = [{"event": "page_view", "did": "d", "time": {"sentAt": 1714550400000 + number}} for number in range(count)]
        return {"event": "send_batch", "appClientId": tenant.key, "events": listed}

    answer = post(served, batch(500), "hs", "/v2/bt")
    assert (answer.status_code, len(answer.json()["results"])) == (200, 500)
    assert served.count(tenant, "event", "verdict = 0") == 500
    assert post(served, batch(501), "hs", "/v2/bt").status_code == 413


def test_a_batch_of_one_mebibyte_passes(served: Served, tenant: Tenant) -> None:
    listed = [{"event": "note", "did": "d", "time": {"sentAt": 1714550400000 + n}, "properties": {"text": "y" * 7000}} for n in range(110)]
    answer = post(served, {"event": "send_batch", "appClientId": tenant.key, "events": listed}, "hs", "/v2/bt")
    assert answer.status_code == 200
    assert {line["verdict"] for line in answer.json()["results"]} == {"accepted"}


def test_32_levels_pass_and_one_more_is_refused(served: Served, tenant: Tenant) -> None:
    def nested(levels: int) -> bytes:
        text = json.dumps(event(tenant.key, properties={"deep": "HERE"}))
        return text.replace('"HERE"', "[" * levels + "1" + "]" * levels).encode()

    assert post(served, nested(30)).status_code == 200  # the event and its properties are two levels themselves
    assert [post(served, nested(levels)).status_code for levels in (31, 33, 40, 500, 100_000)] == [422, 422, 422, 422, 413]


def test_1000_properties_pass_and_one_more_is_refused(served: Served, tenant: Tenant) -> None:
    assert post(served, event(tenant.key, properties={f"p{n}": n for n in range(1000)})).status_code == 200
    answer = post(served, event(tenant.key, properties={f"p{n}": n for n in range(1001)}))
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "properties")


def test_of_duplicate_keys_the_last_counts_in_events(served: Served, tenant: Tenant) -> None:
    text = f'{{"event":"other","event":"page_view","did":"d","appClientId":"nobody","appClientId":"{tenant.key}"}}'
    assert post(served, text.encode()).status_code == 200
    assert served.count(tenant, "event", "name = 'page_view'") == 1


@pytest.mark.parametrize("path", ["/v2/t", "/v1/customers"])
def test_whoever_sends_far_too_much_still_reads_the_answer(served: Served, tenant: Tenant, path: str) -> None:
    """Closing on unread bytes would reset the connection, and the sender would see no 413 but a broken pipe."""
    for _ in range(5):
        answer = served.client.post(path, content=b" " * (3 * BODY), headers={"x-richpanel-key": tenant.rest_key})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
