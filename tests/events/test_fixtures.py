"""Every captured body: decoded exactly, and judged as tests/events/verdicts.json says."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.events.samples import CONTEXT, FIXTURES, events_of, fixtures_with_events, read
from tillside.events import decode, event, fast

VERDICTS = json.loads((Path(__file__).parent / "verdicts.json").read_text())


@pytest.mark.parametrize("name", fixtures_with_events())
def test_a_fixture_is_judged_as_committed(name: str) -> None:
    found = []
    for raw in events_of(name):
        verdict, notes, head = fast.verdict(raw, CONTEXT)
        found.append({"event": head.name, "verdict": verdict, "notes": msgspec.to_builtins(list(notes))})
    assert found == VERDICTS[name]


def test_the_committed_list_names_every_fixture_with_events() -> None:
    assert sorted(VERDICTS) == sorted(fixtures_with_events())


@pytest.mark.parametrize("name", fixtures_with_events())
def test_the_full_reading_agrees_with_the_verdict(name: str) -> None:
    for raw in events_of(name):
        said = event.read(decode.parse_json(raw), CONTEXT)  # type: ignore[arg-type]  # fixtures hold objects
        verdict, notes, head = fast.verdict(raw, CONTEXT)
        assert (said.notes.verdict, list(said.notes)) == (verdict, list(notes))
        assert (said.name, said.event_id, said.device, said.connector_key) == (
            head.name,
            head.event_id,
            head.device,
            head.connector_key,
        )


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.glob("*.json")))
def test_a_captured_body_decodes_to_what_the_client_meant(name: str) -> None:
    whole = json.loads((FIXTURES / name).read_text())
    found = whole.get("request", {}).get("body") if isinstance(whole.get("request"), dict) else None
    body = found if isinstance(found, dict) else {}
    field = next((key for key in ("h", "hs") if key in body), None)
    assert ("decoded" in whole) <= (field is not None)
    if field and "decoded" in whole:
        assert json.loads(decode.decode_field(body[field], limit_bytes=4 << 20).text) == whole["decoded"]


def test_the_three_character_sets_are_recognised() -> None:
    def charset(name: str) -> str:
        body = json.loads((FIXTURES / name).read_text())["request"]["body"]
        return decode.decode_field(next(body[key] for key in ("h", "hs") if key in body), limit_bytes=1 << 20).charset

    assert charset("seed_v2_bt_batch.json") == "utf-8"
    assert charset("browser_v3_t_identify.json") == "cesu-8"
    assert charset("seed_v2_bt_btoa_latin1.json") == "latin-1"


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [] if value is None or value == "" else [str(value)]


@pytest.mark.parametrize("name", ["seed_sample_order_event.json", "docs_sample_subscription_event.json"])
def test_every_leaf_of_a_sample_reaches_the_statement(name: str) -> None:
    raw = json.loads((FIXTURES / name).read_text())
    reached = leaves(msgspec.to_builtins(read(raw), builtin_types=(bytes,)))
    times = {text[:-3] for text in reached if text.isdigit() and len(text) > 15}
    for leaf in leaves(raw):
        assert leaf in reached or leaf in times or leaf.startswith("2025-0"), leaf


def test_the_whole_order_of_magento_is_understood() -> None:
    order, deletion = (
        event.read(decode.parse_json(raw), CONTEXT)  # type: ignore[arg-type]  # fixtures hold objects
        for raw in events_of("magento_bt_order_then_delete_fulfillment.json")
    )
    assert order.order and deletion.order
    assert "custom" not in order.order.fields
    assert len(order.order.fulfillments) == 1, "flat tracking beside the list is the same parcel"
    tracking = order.order.fulfillments[0]["tracking"]
    assert isinstance(tracking, list) and len(tracking) == 1
    assert order.order.fields["placed_at"] == 1_714_550_400_000_000, "the date of the order travels in originalTimestamp"
    assert deletion.order.deleted_fulfillment is None, "an object in place of the id deletes nothing"
    assert deletion.order.fields == {}
