"""Lists to choose from: time zones, currencies, countries."""

from functools import cache
from importlib.resources import files

from tillside.events.money import CURRENCIES

Pairs = tuple[tuple[str, str], ...]


@cache
def zones() -> Pairs:
    """Time zones by the city they are named after, at least one for every country."""
    known = sorted(line[2] for line in _table("zone.tab"))
    return (("UTC", "UTC"), *((name, name.replace("_", " ")) for name in known))


def currencies() -> Pairs:
    return tuple((code, code) for code in sorted(CURRENCIES))


@cache
def regions() -> Pairs:
    """Countries by name, from the table that comes with the time zones."""
    return tuple(sorted(((line[0], line[1]) for line in _table("iso3166.tab")), key=lambda pair: pair[1]))


def _table(name: str) -> list[list[str]]:
    text = files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
