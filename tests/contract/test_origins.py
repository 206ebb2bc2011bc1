"""Decision 8: which page may read an answer, with credentials or without; and which may send at all."""

import base64
import json

import pytest

from tests.support.served import Served, Tenant, exchange

ORIGINS = (
    "https://shop.example.com",
    "http://shop.example.com",
    "https://shop.example.com:8443",
    "http://127.0.0.1:8081",
    "http://localhost:3000",
    "https://xn--bcher-kva.example",
    "https://a.b.c.d.shop.example",
    "http://[::1]:8081",
    "null",
    "file://",
    "chrome-extension://abcdef",
    "",
)
PATHS = ("/v2/t", "/v3/t", "/v2/bt", "/v2/s", "/v2/r", "/v2/er")
ASKED = "content-type, x-requested-with, access-control-allow-origin"


def allowed(origin: str) -> tuple[str | None, str | None]:
    """What the answer must say: the origin it allows, and whether credentials may come along."""
    if origin.startswith(("http://", "https://")):
        return origin, "true"
    return ("null", None) if origin == "null" else (None, None)


def heads(origin: str) -> dict[str, str]:
    return {"Origin": origin} if origin else {}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_preflight_names_the_exact_origin_and_every_header_clients_send(served: Served, origin: str, path: str) -> None:
    asking = {**heads(origin), "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": ASKED}
    answer = served.client.options(path, headers=asking)
    assert answer.status_code == 204
    assert (answer.headers.get("access-control-allow-origin"), answer.headers.get("access-control-allow-credentials")) == allowed(origin)
    assert answer.headers["vary"] == "Origin"
    if origin:
        named = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
        assert named >= {name.strip() for name in ASKED.split(",")}
        assert "POST" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_every_answer_names_the_exact_origin_and_never_a_star(served: Served, tenant: Tenant, origin: str, path: str) -> None:
    for body in (post(tenant, path), b"nonsense", b'{"h":"!!!"}'):
        answer = served.client.post(path, content=body, headers={**heads(origin), "Cookie": "desk_session=stolen"})
        assert (answer.headers.get("access-control-allow-origin"), answer.headers.get("access-control-allow-credentials")) == allowed(origin)
        assert answer.headers["vary"] == "Origin"
        assert "set-cookie" not in answer.headers


def test_two_origin_headers_allow_no_page(served: Served, tenant: Tenant) -> None:
    body = post(tenant, "/v2/t")
    head = b"POST /v2/t HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nOrigin: https://b.example\r\nContent-Length: %d\r\n\r\n"
    heard = exchange(served.port, head % len(body) + body)
    assert heard.headers.get("access-control-allow-origin", []) in ([], ["https://b.example"])


def test_an_empty_list_means_any_page_and_a_list_means_those(served: Served, tenant: Tenant) -> None:
    body = post(tenant, "/v2/t")
    assert send(served, body, "https://anybody.example") == 200
    served.change(tenant, origins=["https://shop.example", "http://localhost:3000/"])
    told = {origin: send(served, body, origin) for origin in ("https://shop.example", "https://SHOP.example", "http://localhost:3000", "")}
    assert set(told.values()) == {200}, told
    refused = ("http://shop.example", "https://shop.example:444", "https://shop.example.evil", "https://evil.example", "null", "file://")
    assert {origin: send(served, body, origin) for origin in refused} == dict.fromkeys(refused, 403)


def test_a_refused_page_still_learns_why_and_the_desk_keeps_what_it_sent(served: Served, tenant: Tenant) -> None:
    served.change(tenant, origins=["https://shop.example"])
    answer = served.client.post("/v2/t", content=post(tenant, "/v2/t"), headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert answer.headers["access-control-allow-origin"] == "https://evil.example"
    assert "evil.example" in answer.json()["message"]
    served.settle()
    assert served.count(tenant, "event", "verdict = 2 and label like '%Origin%'") == 1


def test_a_preflight_does_not_look_at_the_list(served: Served, tenant: Tenant) -> None:
    served.change(tenant, origins=["https://shop.example"])
    answer = served.client.options("/v2/t", headers={"Origin": "https://other.example", "Access-Control-Request-Method": "POST"})
    assert answer.headers["access-control-allow-origin"] == "https://other.example"


def send(served: Served, body: bytes, origin: str) -> int:
    return served.client.post("/v2/t", content=body, headers=heads(origin)).status_code


def post(tenant: Tenant, path: str) -> bytes:
    event = {"event": "page_view", "did": "d", "appClientId": tenant.key, "time": {"sentAt": 1714550400000}}
    if path == "/v2/s":
        return json.dumps({"hs": encoded({"appClientId": tenant.key, "statuses": []})}).encode()
    if path == "/v2/bt":
        return json.dumps({"hs": encoded({"event": "send_batch", "appClientId": tenant.key, "events": [event]})}).encode()
    return json.dumps({"h": encoded(event)}).encode()


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()
