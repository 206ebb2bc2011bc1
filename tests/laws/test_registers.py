"""Registers and order documents: joining is associative, commutative and idempotent, so no order of arrival matters. Pure."""

import copy
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.statements import Said, statements
from tillside.events import registers
from tillside.events.registers import Document, Layer
from tillside.orders import document as documents
from tillside.orders import order as orders
from tillside.orders.order import Key

WRITES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.dictionaries(st.sampled_from(["x", "y", "z"]), st.integers(0, 2), max_size=3)),
    max_size=6,
)
KEY = Key(1, "ord_1", "con_1", "order", "1001")


def consistent(writes: list[tuple[int, str, dict[str, int]]]) -> list[tuple[int, str, dict[str, int]]]:
    """The tie is a hash of the content: one writer never says two things."""
    said: dict[tuple[int, str], dict[str, int]] = {}
    for stamp, tie, values in writes:
        said.setdefault((stamp, tie), values)
    return [(stamp, tie, said[(stamp, tie)]) for stamp, tie, _ in writes]


def layer_of(writes: list[tuple[int, str, dict[str, int]]]) -> Layer:
    layer: Layer = {}
    for stamp, tie, values in writes:
        registers.write(layer, [stamp, tie], values)
    return layer


def plain(layer: Layer) -> dict[str, Any]:
    """Value and writer of every field, however they are packed."""
    return {name: (value, layer["w"].get(name, layer["at"])) for name, value in layer["v"].items()} if layer else {}


@given(WRITES.map(consistent), st.randoms(use_true_random=False))
def test_a_layer_is_the_same_after_any_order_and_repetition_of_writes(writes: list[Any], chance: Any) -> None:
    again = writes + [chance.choice(writes) for _ in range(4) if writes]
    chance.shuffle(again)
    assert plain(layer_of(again)) == plain(layer_of(writes))


@given(st.tuples(WRITES, WRITES, WRITES))
def test_joining_layers_is_associative_commutative_and_idempotent(parts: tuple[Any, Any, Any]) -> None:
    flat = consistent([write for part in parts for write in part])
    cuts = [len(parts[0]), len(parts[0]) + len(parts[1])]
    one, two, three = (layer_of(piece) for piece in (flat[: cuts[0]], flat[cuts[0] : cuts[1]], flat[cuts[1] :]))
    join = registers.join
    assert plain(join(join(one, two), three)) == plain(join(one, join(two, three))) == plain(layer_of(flat))
    assert plain(join(one, two)) == plain(join(two, one))
    assert plain(join(one, one)) == plain(one)


@given(WRITES.map(consistent), WRITES.map(consistent))
def test_a_write_says_truly_whether_a_value_changed(before: list[Any], after: list[Any]) -> None:
    layer = layer_of(consistent(before + after)[: len(before)])
    for stamp, tie, values in consistent(before + after)[len(before) :]:
        old = dict(layer.get("v", {}))
        changed = registers.write(layer, [stamp, tie], values)
        assert changed or layer["v"] == old


def document_of(said: list[Said]) -> Document:
    document: Document = {}
    for one in said:
        documents.add(document, copy.deepcopy(one.statement), one.trust, dict(one.extra))
    return document


def view(document: Document) -> dict[str, Any]:
    """The document as registers, and every column drawn from it."""
    row = orders.row_of(KEY, document, profile_id="cus_first", currency="USD")[:-1]
    layers = {
        trust: (
            plain(layer),
            {name: plain(parcel) for name, parcel in layer.get("p", {}).items()},
            layer.get("c"),
            layer.get("g"),
            layer.get("h"),
        )
        for trust, layer in document.items()
    }
    return {"row": row, "layers": layers, "parcels": documents.parcels(document), "history": documents.history(document)}


@given(st.lists(statements(), min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_an_order_is_the_same_after_any_order_and_repetition_of_statements(said: list[Said], chance: Any) -> None:
    again = said + [chance.choice(said) for _ in range(4)]
    chance.shuffle(again)
    assert view(document_of(again)) == view(document_of(said))


@given(st.lists(statements(), min_size=1, max_size=5))
def test_a_document_survives_being_stored(said: list[Said]) -> None:
    """Statements added to the stored and re-read document end where statements added in one go end."""
    stored: Document = {}
    for one in said:
        stored = msgspec.json.decode(msgspec.json.encode(stored))
        documents.add(stored, copy.deepcopy(one.statement), one.trust, dict(one.extra))
    assert view(stored) == view(document_of(said))


@given(st.lists(statements(), min_size=1, max_size=5), st.lists(statements(trust=0), max_size=4))
def test_what_nobody_vouches_for_never_changes_what_the_shop_said(shop: list[Said], typed: list[Said]) -> None:
    """Decision 4: every field the higher layer states stays; a full statement admits nothing of the lower one."""
    vouched = [msgspec.structs.replace(one, trust=3) for one in shop]
    alone, both = document_of(vouched), document_of(vouched + typed)
    before, after = documents.values(alone), documents.values(both)
    assert {name: after[name] for name in before} == before
    shown = {parcel["id"]: parcel for parcel in documents.parcels(both)}
    assert all(shown[parcel["id"]] == parcel for parcel in documents.parcels(alone))
    if "items" in before:
        assert after == before and documents.parcels(both) == documents.parcels(alone)
