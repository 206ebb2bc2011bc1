"""The script's addresses (contract 1.1 and 1.3): it is answered under every one of them, and never as an error page."""

import gzip

import pytest

from tests.support.served import Served, Tenant, exchange

ADDRESSES = (
    *("/js/tracking.js", "/js/richpanel-root.js", "/js/richpanel_shopify_script.js"),
    *("/js/richpanel-root.js?appClientId=KEY", "/js/richpanel_shopify_script.js?appClientId=KEY&tenantId=t&shop=x.myshopify.com"),
    *("/v2/j/KEY", "/v2/j/KEY?version=2.0.0", "/v2/j/KEY?version=2.5.1&basket=1"),
)
UNKNOWN = ("nobody", "API_KEY", "", "%00", "a/b/c", "..%2f..%2fetc", "<script>", "%F0%9F%9A%80", "x" * 3000)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_known_address_of_the_loader_answers_the_script(served: Served, tenant: Tenant, address: str) -> None:
    answer = served.client.get(address.replace("KEY", tenant.key))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/javascript")
    assert "max-age=300" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "richpanel" in answer.text and "appClientId" in answer.text


@pytest.mark.parametrize("key", UNKNOWN)
def test_an_unknown_key_gets_methods_that_do_nothing_and_no_error(served: Served, key: str) -> None:
    answer = served.client.get(f"/v2/j/{key}?version=2.0.0")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/javascript")
    assert "track" in answer.text and "/v3/t" not in answer.text


def test_a_script_s_answer_carries_no_cookie_and_may_be_read_by_any_page(served: Served, tenant: Tenant) -> None:
    answer = served.client.get(f"/v2/j/{tenant.key}", headers={"Origin": "https://shop.example", "Cookie": "a=b"})
    assert "set-cookie" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_the_script_is_packed_for_those_who_ask(served: Served) -> None:
    request = b"GET /js/tracking.js HTTP/1.1\r\nHost: x\r\nAccept-Encoding: %s\r\nConnection: close\r\n\r\n"
    packed, plain = exchange(served.port, request % b"gzip"), exchange(served.port, request % b"identity")
    assert packed.headers["content-encoding"] == ["gzip"]
    assert gzip.decompress(packed.body) == plain.body
    assert "content-encoding" not in plain.headers


def test_head_tells_the_same_without_the_body(served: Served) -> None:
    answer = served.client.head("/js/tracking.js")
    assert (answer.status_code, answer.content) == (200, b"")
