"""Woo's list of recent order states (`/v2/s`), rewritten as the order updates it means (contract 1.3)."""

import msgspec

from tillside.base.errors import Refused
from tillside.events.decode import Decoded, parse_json
from tillside.orders.book import BY_DB_KEY

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def as_batch(decoded: Decoded) -> Decoded:
    """`{appClientId, statuses: {key: status}}` → a batch of `order_status_update`. Its keys are database keys, never order numbers.

    PHP writes "no orders" as an empty list. Raises Refused when `statuses` is anything else.
    """
    whole = parse_json(decoded.text)
    if not isinstance(whole, dict):
        raise Refused("The body is not an object.", field="hs", hint="Send appClientId and statuses.")
    statuses = whole.get("statuses")
    if statuses in (None, []):
        statuses = {}
    if not isinstance(statuses, dict):
        raise Refused("statuses is not an object.", field="statuses", hint='Send {"1001": "completed"}.')
    key = whole.get("appClientId")
    events = [
        {
            "event": "order_status_update",
            "appClientId": key,
            "properties": {"orderId": BY_DB_KEY + str(db_key), "orderDbKey": str(db_key), "status": status},
        }
        for db_key, status in statuses.items()
    ]
    return Decoded(_ENCODE({"event": "send_batch", "appClientId": key, "events": events}), decoded.charset)
