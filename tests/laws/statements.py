"""Random statements about one order, as hypothesis makes them: partial, contradictory, with equal stamps, at any trust."""

from hashlib import sha256

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from tillside.events.shapes import Facts, OrderStatement

STATUSES = ["placed", "shipped", "delivered", "cancelled", "refunded"]
PARCELS = ["F1", "F2", "F3"]


class Said(Struct, frozen=True):
    """A statement with the trust it was made at, and what the desk adds to it."""

    statement: OrderStatement
    trust: int
    extra: Facts


def amounts() -> st.SearchStrategy[str]:
    return st.sampled_from(["10.00", "12.50", "0.00", "99.99"])


@st.composite
def fulfillments(draw: st.DrawFn) -> Facts:
    said: Facts = {"id": draw(st.sampled_from(PARCELS))}
    if draw(st.booleans()):
        said["status"] = draw(st.sampled_from(["shipped", "delivered"]))
    if draw(st.booleans()):
        said["tracking"] = [{"number": draw(st.sampled_from(["T1", "T2"])), "company": "Post"}]
    if draw(st.booleans()):
        said["created_at"] = draw(st.integers(1, 3))
    return said


@st.composite
def statements(draw: st.DrawFn, trust: int | None = None) -> Said:
    """One statement; `tiebreak` is a hash of its content, as in the product."""
    fields: Facts = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "status": st.sampled_from(STATUSES),
                "payment_status": st.sampled_from(["paid", "unpaid", "refunded"]),
                "amount": amounts(),
                "refunded": amounts(),
                "currency": st.sampled_from(["USD", "EUR"]),
                "name": st.sampled_from(["#1", "#2"]),
                "custom": st.dictionaries(st.sampled_from(["gift", "note"]), st.integers(0, 2), max_size=2),
            },
        )
    )
    source = draw(st.sampled_from([None, "created", "processed", "sent"]))
    if source:
        fields["placed_at"], fields["placed_from"] = draw(st.integers(100, 103)), source
    parcels = draw(st.lists(fulfillments(), max_size=2, unique_by=lambda one: str(one["id"])))
    stamp = draw(st.integers(1000, 1003))
    listed: list[list[Facts] | None] = [None, [{"id": "1", "name": "Notebook", "quantity": 2}], [{"id": "2"}]]
    items = draw(st.sampled_from(listed))
    replaces = bool(parcels) and draw(st.booleans())
    deleted = draw(st.none() | st.sampled_from(PARCELS))
    level = draw(st.sampled_from([0, 1, 3])) if trust is None else trust
    extra: Facts = draw(st.sampled_from([{}, {"profile": "cus_a"}, {"profile": "cus_b"}]))
    content = msgspec.json.encode([fields, parcels, items, replaces, deleted, extra], order="sorted")
    statement = OrderStatement(
        kind="order",
        number="1001",
        db_key=None,
        stamp=stamp,
        tiebreak=sha256(content).hexdigest()[:16],
        fields=fields,
        items=items,
        fulfillments=parcels,
        replaces_fulfillments=replaces,
        deleted_fulfillment=deleted,
    )
    return Said(statement, level, extra)
