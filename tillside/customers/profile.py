"""Profiles: a visitor or a customer, or one browser of theirs. A merge only points one profile at another; nothing is rewritten."""

from typing import Any

import msgspec
from msgspec import Struct

from tillside.events import contact, registers
from tillside.events.registers import Document
from tillside.storage.database import Row

COLUMNS = "workspace_id, id, into_id, kind, name, email, phone, place, first_seen_at, last_seen_at, doc"
UPSERT = """
insert into profile (workspace_id, id, into_id, kind, name, email, phone, place, first_seen_at, last_seen_at, doc)
values (:workspace_id, :id, :into_id, :kind, :name, :email, :phone, :place, :first_seen_at, :last_seen_at, :doc)
on conflict (workspace_id, id) do update set into_id = excluded.into_id, kind = excluded.kind, name = excluded.name,
  email = excluded.email, phone = excluded.phone, place = excluded.place, first_seen_at = excluded.first_seen_at,
  last_seen_at = excluded.last_seen_at, doc = excluded.doc
"""

VISITOR, CUSTOMER = 0, 1

_ENCODE = msgspec.json.Encoder().encode


class Known(Struct):
    """What a profile's `doc` holds: `traits` in layers of trust; `uids` by connector, so that two people never become one;
    `apart`: profiles an agent separated it from; `is_customer` and `seen` (first and last, µs): its own share of what the row shows
    of the whole group, so that a merge can be taken back without a trace."""

    traits: Document = {}
    uids: dict[str, str] = {}
    apart: list[str] = []
    is_customer: bool = False
    seen: tuple[int, int] | None = None


_DECODE = msgspec.json.Decoder(Known).decode


class Profile(Struct):
    """One row. Mutable: the projector works on it in memory and writes it back once per batch. `doc` is unpacked when first asked for."""

    workspace_id: int
    id: str
    into_id: str | None
    kind: int
    name: str
    email: str
    phone: str
    place: str
    first_seen_at: int
    last_seen_at: int
    doc: str
    unpacked: Known | None = None

    @classmethod
    def from_row(cls, row: Row) -> "Profile":
        return cls(*row)

    @property
    def known(self) -> Known:
        if self.unpacked is None:
            self.unpacked = known_of(self.doc)
        return self.unpacked

    def row(self) -> Row:
        return (
            self.workspace_id,
            self.id,
            self.into_id,
            self.kind,
            self.name,
            self.email,
            self.phone,
            self.place,
            self.first_seen_at,
            self.last_seen_at,
            self.doc if self.unpacked is None else _ENCODE(self.unpacked).decode(),
        )

    @property
    def is_customer(self) -> bool:
        return self.kind == CUSTOMER


def fresh(workspace_id: int, profile_id: str, at: int) -> Profile:
    return Profile(workspace_id, profile_id, None, VISITOR, "", "", "", "", at, at, "", Known())


def known_of(doc: str) -> Known:
    """What stands in a stored `doc`."""
    return _DECODE(doc)


def show(profile: Profile, members: list[Profile]) -> None:
    """Set the columns lists are drawn from, out of everything known of the whole group of profiles."""
    traits: Document = {}
    for member in members:
        traits = registers.join_documents(traits, member.known.traits) if traits else member.known.traits
    profile.kind = CUSTOMER if any(member.known.is_customer for member in members) else VISITOR
    times = [time for member in members if member.known.seen for time in member.known.seen]
    if times:
        profile.first_seen_at, profile.last_seen_at = min(times), max(times)
    seen = registers.values(traits)
    profile.name = full_name(seen)
    profile.email = str(seen.get("email") or "")
    profile.phone = str(seen.get("phone") or "")
    profile.place = ", ".join(str(part) for part in (seen.get("city"), seen.get("country")) if part)


def full_name(traits: dict[str, Any]) -> str:
    """The stated whole name, else first and last name."""
    whole = traits.get("name")
    return str(whole) if whole else " ".join(str(part) for part in (traits.get("first_name"), traits.get("last_name")) if part)


def words(profile: Profile) -> list[str]:
    """The words a profile is found by: parts of the name, the address whole and before the @, the phone's digits.

    One that was merged has none: people are found by what they are called today, and whom it was merged into says that for both.
    """
    if profile.into_id is not None:
        return []
    found = {word for word in profile.name.lower().replace("-", " ").split() if word}
    if profile.email:
        address = profile.email.lower()
        found |= {address, address.partition("@")[0]}
    if profile.phone:
        found.add(contact.digits(profile.phone))
    return sorted(word[:80] for word in found if word)[:12]
