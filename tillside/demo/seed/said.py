"""One event of the seed before it is put into a batch, and the chance that makes ids."""

import uuid
from random import Random

from msgspec import Struct

from tillside.demo.people import Person
from tillside.demo.statements import Event

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Said(Struct, frozen=True):
    """`at` is when it happened, in milliseconds. Browsers say things unsigned, some of them as `signed_in`."""

    at: int
    event: Event
    is_signed: bool
    signed_in: Person | None = None


def new_id(chance: Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
