"""The shop's invented customers: those anyone may sign in as, and the rest of its history. All mail goes to example.com."""

from pathlib import Path

import msgspec
from msgspec import Struct

from tillside.demo.orders import Address


class Person(Struct, frozen=True):
    """`uid` is empty for guests, who have no account; then the mail address stands for them."""

    uid: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    country: str = ""
    city: str = ""
    postcode: str = ""
    line1: str = ""
    line2: str = ""
    state: str = ""
    company: str = ""
    phone: str = ""
    about: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def address(self) -> Address:
        return Address(
            self.first_name,
            self.last_name,
            self.line1,
            self.city,
            self.postcode,
            self.country,
            line2=self.line2,
            state=self.state,
            company=self.company,
            phone=self.phone,
        )


FIRST_FREE_UID = 21000


class _People(Struct, frozen=True):
    cast: tuple[Person, ...]
    crowd: tuple[Person, ...]
    phones: dict[str, str]


_PEOPLE = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes(), type=_People)
CAST = _PEOPLE.cast
"""Those anyone may sign in as."""
CROWD = _PEOPLE.crowd
"""The rest of the shop's customers, still without mail address and phone: the seed gives them out."""
PHONES = _PEOPLE.phones
"""A mobile number in each country's own form; # is a digit."""


def signed_in_as(uid: str) -> Person | None:
    """One of the people anybody may sign in as."""
    return next((person for person in CAST if person.uid == uid), None)
