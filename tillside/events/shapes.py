"""The shapes this floor hands around: JSON values, the connector's context, and what one event says."""

from typing import TypeAlias

from msgspec import Struct, field

from tillside.events.notes import Notes

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
Facts: TypeAlias = dict[str, JSON]


class Reading(Struct, frozen=True):
    """What the connector adds to every statement it receives."""

    currency: str
    """ISO 4217, used where an order with amounts names none."""
    region: str
    """ISO 3166 country for phone numbers without a country code."""
    received_at: int
    """Arrival, µs UTC."""


class Claims(Struct, frozen=True, array_like=True, gc=False):
    """Who the event says it is about. Nothing here is proven; only values fit to identify somebody are kept."""

    uid: str | None = None
    email: str | None = None
    phone: str | None = None

    def __bool__(self) -> bool:
        return bool(self.uid or self.email or self.phone)


class OrderStatement(Struct, frozen=True):
    """One statement about an order or a subscription. Absent fields mean *unchanged*.

    `stamp` (µs) and `tiebreak` order statements about the same number, whatever order they arrive in.
    `items` replace the stored list when given; `fulfillments` merge by id, or replace all when `replaces_fulfillments`.
    """

    kind: str
    number: str
    db_key: str | None
    stamp: int
    tiebreak: str
    fields: Facts
    items: list[Facts] | None
    fulfillments: list[Facts]
    replaces_fulfillments: bool
    deleted_fulfillment: str | None


class Event(Struct, frozen=True):
    """One event as read. Times in µs UTC; `dedup_key` is to be compared within one connector only."""

    name: str
    connector_key: str | None
    occurred_at: int
    sent_at: int | None
    has_time: bool
    event_id: str | None
    device: str | None
    session: str | None
    version: str
    token: str | None
    claims: Claims
    traits: Facts
    properties: Facts
    page: Facts
    client: Facts
    order: OrderStatement | None
    dedup_key: bytes
    notes: Notes = field(default_factory=Notes)
