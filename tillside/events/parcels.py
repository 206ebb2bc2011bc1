"""What was bought and how it travels: items, fulfillments, parcels."""

from collections.abc import Iterator, Mapping

from tillside.events import fields, limits
from tillside.events.aliases import FULFILLMENT_TABLE, ITEM_TABLE, TRACKING_TABLE
from tillside.events.fields import Filled, Table
from tillside.events.notes import Notes
from tillside.events.shapes import JSON, Facts

_NEEDED = ("id", "price", "quantity")
_PARCEL = ("number", "company", "url", "id", "shipped_at")


def read_items(value: object, notes: Notes, path: str, *, sold: bool = True) -> list[Facts]:
    """The items of an order (`sold`) or of a fulfillment. A missing id, price or quantity is one warning for the whole list."""
    items: list[Facts] = []
    missing: dict[str, str] = {}
    for inside, entry in _objects(value, notes, path):
        item = _plain(entry, ITEM_TABLE, notes, inside)
        if item:
            items.append(item)
            if sold and not ("id" in item and "price" in item and "quantity" in item):
                for name in _NEEDED:
                    if name not in item:
                        missing.setdefault(name, inside)
    for name, inside in missing.items() if missing and notes.verdict != "refused" else ():
        notes.warning(f"{inside}.{name}", f"An item without {name}", fix=f"Send {name} with every item.")
    return items


def read_fulfillments(part: tuple[str, object] | None, notes: Notes, path: str) -> list[Facts]:
    """The fulfillments of an order, each with an id: its own, else one made of its tracking number or its place in the list."""
    if part is None:
        return []
    key, value = part
    said = []
    for place, (inside, entry) in enumerate(_objects(value, notes, limits.at(path, key)), start=1):
        fulfillment = read_fulfillment(entry, notes, inside)
        if fulfillment:
            if "id" not in fulfillment:
                fulfillment["id"] = _made_id(fulfillment, place)
                notes.warning(f"{inside}.id", "A fulfillment without id: updates may not find it", fix="Send a lasting id.")
            said.append(fulfillment)
    return said


def read_fulfillment(source: Mapping[str, object], notes: Notes, path: str) -> Facts:
    """One fulfillment: id, status, times, quantity, tracking, items; everything else under `custom`."""
    filled = fields.fill(source, FULFILLMENT_TABLE, notes, path)
    said, custom, parts = filled
    flat = take_parcel(said)
    tracking = _read_tracking(parts.get("tracking"), notes, path)
    if flat:
        _join(tracking, flat)
    if tracking:
        said["tracking"] = list[JSON](tracking)
    if "items" in parts:
        key, value = parts["items"]
        items = read_items(value, notes, limits.at(path, key), sold=False)
        if items:
            said["items"] = list[JSON](items)
    if custom:
        said["custom"] = custom
    return said


def take_parcel(said: Facts) -> Facts:
    """Take the flat tracking fields out of `said`."""
    return {name: said.pop(f"tracking.{name}") for name in _PARCEL if f"tracking.{name}" in said}


def add_flat_parcel(fulfillments: list[Facts], flat: Facts, order: Facts) -> None:
    """Tracking written flat on the order: the first parcel, which plugins repeat beside the list.

    1. A parcel already listed by number, id or address only gains what it lacks.
    2. A parcel not listed joins the first fulfillment.
    3. Without a list it is a fulfillment of its own, known by its tracking number.
    4. Without number, id and address it names no parcel; its parts stay fields of the order.
    """
    name = flat.get("number") or flat.get("id") or flat.get("url")
    if not name:
        order.update({"shipped_at" if key == "shipped_at" else f"tracking_{key}": value for key, value in flat.items()})
        return
    for fulfillment in fulfillments:
        if _same_parcel(_parcels(fulfillment), flat) is not None:
            _join(_parcels(fulfillment), flat)
            return
    if not fulfillments:
        fulfillments.append({"id": f"tracking:{name}"})
    parcels = _parcels(fulfillments[0])
    _join(parcels, flat)
    fulfillments[0]["tracking"] = list[JSON](parcels)


def _read_tracking(part: tuple[str, object] | None, notes: Notes, path: str) -> list[Facts]:
    if part is None:
        return []
    key, value = part
    if isinstance(value, str):
        return [{"url" if value.startswith(("https://", "http://")) else "number": value.strip()}]
    found = [_plain(entry, TRACKING_TABLE, notes, inside) for inside, entry in _objects(value, notes, limits.at(path, key))]
    return [parcel for parcel in found if parcel]


def _parcels(fulfillment: Facts) -> list[Facts]:
    tracking = fulfillment.get("tracking")
    return [parcel for parcel in tracking if isinstance(parcel, dict)] if isinstance(tracking, list) else []


def _same_parcel(parcels: list[Facts], flat: Facts) -> Facts | None:
    for name in ("number", "id", "url"):
        if name in flat:
            return next((parcel for parcel in parcels if parcel.get(name) == flat[name]), None)
    return parcels[0] if parcels else None


def _join(parcels: list[Facts], flat: Facts) -> None:
    same = _same_parcel(parcels, flat)
    if same is None:
        parcels.append(flat)
        return
    for name, value in flat.items():
        same.setdefault(name, value)


def _made_id(fulfillment: Facts, place: int) -> str:
    for parcel in _parcels(fulfillment):
        name = parcel.get("number") or parcel.get("id") or parcel.get("url")
        if name:
            return f"tracking:{name}"
    return f"place:{place}"


def _plain(entry: Mapping[str, object], table: Table, notes: Notes, path: str) -> Facts:
    said, custom, _ = Filled(*fields.fill(entry, table, notes, path))
    if custom:
        said["custom"] = custom
    return said


def _objects(value: object, notes: Notes, path: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The objects of a list with their paths. An object in place of the list is read as its values, or as the only entry."""
    if isinstance(value, dict):
        nested = bool(value) and all(isinstance(entry, dict) for entry in value.values())
        notes.corrected(path, "An object in place of a list: read as a list", got=value)
        yield from ((limits.at(path, key), entry) for key, entry in value.items()) if nested else ((path, value),)
        return
    if not isinstance(value, list):
        notes.refused(path, "Expected a list", got=value, fix="Send a list of objects.")
        return
    for index, entry in enumerate(value):
        if isinstance(entry, dict):
            yield f"{path}[{index}]", entry
        elif not fields.is_blank(entry):
            notes.refused(f"{path}[{index}]", "Expected an object", got=entry, fix="Send an object with id, price and quantity.")
