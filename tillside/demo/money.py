"""The shop's money: whole euro cents inside, decimal numbers on the wire, words of the reader on a page."""

from decimal import ROUND_HALF_UP, Decimal

CURRENCY = "EUR"


def euros(cents: int) -> str:
    """`128450` → ``€1,284.50``; a negative sum gets the real minus sign."""
    sign = "−" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    return f"{sign}€{whole:,}.{part:02d}"


def decimal(cents: int) -> float:
    """Cents as the JSON number the contract asks for: `1999` → ``19.99``, exact in its shortest decimal form below 10¹³ cents."""
    return cents / 100


def share(cents: int, percent: int) -> int:
    """`percent` of a sum, half a cent rounded up."""
    return int((Decimal(cents) * percent / 100).to_integral_value(ROUND_HALF_UP))


def part(sum_: int, count: int, whole: int) -> int:
    """`count` of `whole` parts of a sum, half a cent rounded up."""
    return (2 * sum_ * count + whole) // (2 * whole) if whole else 0


def tax_within(gross: int, percent: int) -> int:
    """The value added tax a price with tax already contains."""
    return int((Decimal(gross) * percent / (100 + percent)).to_integral_value(ROUND_HALF_UP))


def parse(text: str) -> int | None:
    """What a clerk typed as a sum, in cents: ``18.50``, ``€18,50``, ``18``. None if it is no sum."""
    plain = text.strip().removeprefix("€").replace(",", ".").strip()
    whole, _, part = plain.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 7 or len(part) > 2 or (part and not (part.isascii() and part.isdigit())):
        return None
    return int(whole) * 100 + int(part.ljust(2, "0"))
