"""Whatever bytes come: an answer that is no fault of ours, in JSON. ``make fuzz`` runs thousands of them."""

import base64
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile import documents
from tests.support.served import Served

CALM = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
SEEDS = [document for _, document in (*documents.valid(), *documents.open_cases()) if len(document) < 2000]
PATHS = st.sampled_from(["/v2/t", "/v3/t", "/v2/bt", "/v2/s", "/v2/r", "/v2/er", "/v1/customers"])


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A document with a few bytes changed, cut or doubled."""
    text = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(len(text) - 1, 0)))
        text[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(text)


def calm(served: Served, path: str, body: bytes, **headers: str) -> None:
    answer = served.client.post(path, content=body, headers=headers)
    assert answer.status_code < 500, (path, body, answer.text)
    assert isinstance(answer.json(), dict)


@CALM
@given(path=PATHS, body=st.binary(max_size=300))
def test_any_bytes_are_answered(served: Served, path: str, body: bytes) -> None:
    calm(served, path, body)


@CALM
@given(path=PATHS, text=bent(), field=st.sampled_from(["h", "hs"]))
def test_any_decoded_bytes_are_answered(served: Served, path: str, text: bytes, field: str) -> None:
    calm(served, path, json.dumps({field: base64.b64encode(text).decode()}).encode())


@CALM
@given(body=st.binary(max_size=200), name=st.sampled_from(["gzip", "x-gzip", "deflate", "identity", "br", ""]))
def test_any_packed_bytes_are_answered(served: Served, body: bytes, name: str) -> None:
    calm(served, "/v2/t", body, **{"Content-Encoding": name})
