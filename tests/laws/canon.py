"""What a workspace has come to know, free of everything that depends on the order of arrival: ids, positions, who merged into whom.

People are groups of profiles that were joined, named by what identifies them; orders by their number; lines by their content.
"""

from collections import Counter, defaultdict
from typing import Any

import msgspec
from msgspec import Struct

from tillside.customers import profile as profiles
from tillside.events import registers
from tillside.storage.database import Database

Name = tuple[tuple[str, str, int], ...]


class Canon(Struct, frozen=True):
    people: dict[Name, Any]
    orders: dict[tuple[str, str], Any]
    lines: Counter[Any]
    figures: dict[Name, Any]
    tallies: dict[int, int]
    searched: set[Any]


async def canon(database: Database, workspace_id: int) -> Canon:
    """Everything people can see of a workspace, in a form two histories can be compared by."""
    seen = _People(await database.read(f"select {profiles.COLUMNS} from profile where workspace_id = :w order by id", w=workspace_id))
    for value, kind, tier, profile_id in await database.read(
        "select value, kind, tier, profile_id from identifier where workspace_id = :w order by value", w=workspace_id
    ):
        seen.name(profile_id, (value, kind, tier))
    orders: dict[tuple[str, str], Any] = {}
    figures: dict[Name, Counter[str]] = defaultdict(Counter)
    numbers: dict[str, tuple[str, str]] = {}
    for row in await database.read(_ORDERS, w=workspace_id):
        order_id, kind, number, profile_id, currency, value, counts, doc, *plain = row
        owner = seen.of(profile_id)
        numbers[order_id] = (kind, number)
        orders[(kind, number)] = (owner, currency, value, counts, tuple(plain), seen.document(msgspec.json.decode(doc)))
        figures[owner][currency] += value
        figures[owner]["orders"] += counts
    lines: Counter[Any] = Counter()
    for order_id, profile_id, label, *plain in await database.read(_LINES, w=workspace_id):
        is_own = profile_id and (order_id is None or "who" in msgspec.json.decode(label))  # else: whoever owned the order just then
        lines[(numbers.get(order_id), seen.of(profile_id) if is_own else None, tuple(plain))] += 1
    tallies = await database.read(
        "select verdict, sum(count) from tally where workspace_id = :w group by verdict order by verdict", w=workspace_id
    )
    tracked = await database.read("select tracking_number, order_id from shipment where workspace_id = :w order by 1", w=workspace_id)
    return Canon(
        people=seen.people(),
        orders=orders,
        lines=lines,
        figures={name: dict(told) for name, told in figures.items()},
        tallies={int(verdict): int(count) for verdict, count in tallies},
        searched={(number, numbers[order_id]) for number, order_id in tracked},
    )


_ORDERS = """
select id, kind, number, profile_id, currency, value, counts, doc, db_key, name, state, placed_at, amount, trust, has_held, items, summary
from orders where workspace_id = :w order by number
"""
_LINES = """
select order_id, profile_id, label, name, occurred_at, received_at, verdict, trust, sender, dedup
from event where workspace_id = :w order by id
"""


class _People:
    """Groups of joined profiles."""

    def __init__(self, rows: list[Any]) -> None:
        self._profiles = {row[1]: profiles.Profile.from_row(row) for row in rows}
        self._names: dict[str, set[tuple[str, str, int]]] = defaultdict(set)

    def root(self, profile_id: str) -> profiles.Profile:
        one = self._profiles[profile_id]
        while one.into_id:
            one = self._profiles[one.into_id]
        return one

    def name(self, profile_id: str, handle: tuple[str, str, int]) -> None:
        self._names[self.root(profile_id).id].add(handle)

    def of(self, profile_id: str) -> Name:
        """What identifies a group; the order that made a nameless customer counts only where nothing else does."""
        named = self._names[self.root(profile_id).id]
        better = {handle for handle in named if handle[1] != "order"}
        return tuple(sorted(better or named))

    def people(self) -> dict[Name, Any]:
        """Each group with what lists and pages show of it; a nameless customer whose order found its owner is nobody."""
        groups: dict[str, list[profiles.Profile]] = defaultdict(list)
        for one in self._profiles.values():
            groups[self.root(one.id).id].append(one)
        told = {}
        for root_id, members in groups.items():
            name, root = self.of(root_id), self._profiles[root_id]
            if all(handle[1] == "order" for handle in name):
                continue
            together: registers.Document = {}
            for member in members:
                together = registers.join_documents(together, member.known.traits)
            shown = (root.kind, root.name, root.email, root.phone, root.place, root.first_seen_at, root.last_seen_at)
            told[name] = (shown, _plain(together))
        return told

    def document(self, document: Any) -> Any:
        """An order's document with people by name instead of id."""
        text = {}
        for trust, layer in document.items():
            values = {key: self.of(value) if key == "profile" else value for key, value in layer["v"].items()}
            text[trust] = ({name: (value, layer["w"].get(name, layer["at"])) for name, value in values.items()}, _rest(layer))
        return text


def _plain(document: registers.Document) -> Any:
    return {
        trust: {name: (value, layer["w"].get(name, layer["at"])) for name, value in layer["v"].items()} for trust, layer in document.items()
    }


def _rest(layer: Any) -> Any:
    parcels = {name: _plain({"": parcel}) for name, parcel in layer.get("p", {}).items()}
    return (parcels, len(layer.get("b", [])), layer.get("c"), layer.get("g"), layer.get("h"))
