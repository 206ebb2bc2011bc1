"""The JSON classes through the port: valid is taken in, invalid refused, the rest decided as tests/hostile/json_verdicts.json says.

One list for both stores. To write it anew after a change that is meant: ``TILLSIDE_WRITE_ANSWERS=1 python -m pytest tests/hostile``.
"""

import base64
import json
import os
from pathlib import Path

import httpx

from tests.hostile import documents
from tests.support.served import Served, Tenant

LISTED = Path(__file__).with_name("json_verdicts.json")


def send(served: Served, tenant: Tenant, document: bytes) -> httpx.Response:
    h = base64.b64encode(document.replace(b"KEY", tenant.key.encode())).decode()
    return served.client.post("/v2/t", json={"h": h})


def told(answer: httpx.Response) -> str:
    """The answer in a line: status, verdict or error, and the first path a note is about."""
    said = answer.json()
    if "verdict" not in said:
        return f"{answer.status_code} {said['error']['code']}"
    paths = [note["path"][:40] for note in said["notes"]]
    return " ".join([str(answer.status_code), said["verdict"], *paths[:1]])


def test_valid_json_is_taken_in(served: Served, tenant: Tenant) -> None:
    refused = {name: told(send(served, tenant, document)) for name, document in documents.valid()}
    assert {name: line for name, line in refused.items() if not line.startswith("200 ")} == {}
    assert served.count(tenant, "parked") == 0


def test_invalid_json_is_refused_with_a_reason(served: Served, tenant: Tenant) -> None:
    told_of = {name: told(send(served, tenant, document)) for name, document in documents.invalid()}
    allowed = ("400 ", "413 ", "422 ")
    assert {name: line for name, line in told_of.items() if not line.startswith(allowed)} == {}
    assert served.count(tenant, "event", "verdict <> 2") == 0


def test_what_a_parser_may_decide_is_decided_as_listed(served: Served, tenant: Tenant) -> None:
    found = {name: told(send(served, tenant, document)) for name, document in documents.open_cases()}
    if os.environ.get("TILLSIDE_WRITE_ANSWERS"):
        LISTED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(LISTED.read_text(encoding="utf-8"))
    assert served.count(tenant, "parked") == 0


def test_each_class_inside_a_batch_leaves_its_neighbours_whole(served: Served, tenant: Tenant) -> None:
    """What is refused alone is refused beside others; what a whole batch cannot be read for is refused as one."""
    good = b'{"event":"page_view","did":"%d","time":{"sentAt":1714550400000}}'
    for number, (name, document) in enumerate(documents.open_cases()):
        inner = document.replace(b'"appClientId":"KEY",', b"")
        whole = b'{"event":"send_batch","appClientId":"KEY","events":[' + good % number + b"," + inner + b"," + good % (10_000 + number) + b"]}"
        hs = base64.b64encode(whole.replace(b"KEY", tenant.key.encode())).decode()
        answer = served.client.post("/v2/bt", json={"hs": hs})
        assert answer.status_code in (200, 413), (name, answer.text)
        if answer.status_code == 200:
            lines = [line["verdict"] for line in answer.json()["results"]]
            assert (lines[0], lines[2]) == ("accepted", "accepted"), name
    served.settle()
    assert served.count(tenant, "parked") == 0
