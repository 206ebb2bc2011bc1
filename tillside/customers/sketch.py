"""A person as one event alone would make them: worked out while the event is read, and taken where nobody is known by its names."""

from typing import Any, NamedTuple

from tillside.customers import profile as profiles
from tillside.events import registers
from tillside.events.registers import Writer

_LONG_AGO = 2**52


class Said(NamedTuple):
    """What an event says of a person: its own `traits`; and the names that stand only in its `order`, which count as older than anything
    ever said of the person, so that they fill a gap and never overwrite. `at` µs; `tie`: the hash that orders equal times."""

    traits: dict[str, Any]
    order: dict[str, Any]
    at: int
    tie: str

    def parts(self) -> list[tuple[dict[str, Any], Writer]]:
        """Traits, each with the writer they are stated by."""
        only = {name: value for name, value in self.order.items() if name not in self.traits}
        return [(self.traits, [self.at, self.tie]), (only, [self.at - _LONG_AGO, self.tie])]


class Sketch(NamedTuple):
    """The row of such a person, but for their id, and the words they are found by."""

    name: str
    email: str
    phone: str
    place: str
    seen_at: int
    doc: str
    words: list[str]

    def traits(self) -> dict[str, Any]:
        """The traits the event itself stated."""
        layers = profiles.known_of(self.doc).traits.values()
        return {name: value for layer in layers for name, value in layer["v"].items() if layer["w"].get(name, layer["at"])[0] == self.seen_at}


def draw(said: Said, *, trust: int, uids: dict[str, str]) -> Sketch:
    """Sketch a customer. `uids`: the shop's id for them, by connector."""
    one = profiles.fresh(0, "", said.at)
    known = one.known
    known.uids, known.is_customer, known.seen = uids, True, (said.at, said.at)
    for traits, writer in said.parts():
        if traits:
            registers.write(known.traits.setdefault(str(trust), {}), writer, traits)
    profiles.show(one, [one])
    return Sketch(one.name, one.email, one.phone, one.place, said.at, one.row()[-1], profiles.words(one))
