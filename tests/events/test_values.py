"""Times, money, addresses and phones: tables of what shops write, and laws."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillside.events import contact, money, times, values
from tillside.events.notes import Notes

FIRST = datetime(2001, 1, 1, tzinfo=UTC)
LAST = datetime(2090, 1, 1, tzinfo=UTC)
MOMENT = 1_736_098_098_000_000  # 2025-01-05T17:28:18Z


def read_time(value: object) -> tuple[int | None, list[str]]:
    notes = Notes()
    return times.read(value, notes, "time", "sentAt"), [note.level for note in notes]


@pytest.mark.parametrize(
    ("value", "micros", "levels"),
    [
        (1_736_098_098_000, MOMENT, []),
        (1_736_098_098, MOMENT, ["corrected"]),
        (MOMENT, MOMENT, ["corrected"]),
        (1_736_098_098.5, MOMENT + 500_000, ["corrected"]),
        (Decimal("1736098098000.25"), MOMENT + 250, []),
        ("1736098098000", MOMENT, ["corrected"]),
        ("1736098098", MOMENT, ["corrected"]),
        ("2025-01-05T17:28:18+00:00", MOMENT, []),
        ("2025-01-05T17:28:18Z", MOMENT, []),
        ("2025-01-05T22:58:18+05:30", MOMENT, []),
        ("2025-01-05T17:28:18.000Z", MOMENT, []),
        ("2025-01-05 17:28:18", MOMENT, ["corrected"]),
        ("2025-01-05", MOMENT - 62_898_000_000, ["corrected"]),
        ("Sun, 05 Jan 2025 17:28:18 GMT", MOMENT, ["corrected"]),
        ("", None, []),
        (None, None, []),
        (0, None, []),
        (False, None, []),
        ([], None, []),
        ({}, None, []),
        *((wrong, None, ["warning"]) for wrong in ("soon", "05/01/2025", -5, True, [1], {"a": 1}, "1e9999", 10**30, float("inf"))),
        *((wrong, None, ["warning"]) for wrong in ("9" * 60, "٢٠٢٥", "2025-13-45", " ", "x" * 1000, float("nan"), "0000-01-01")),
    ],
)
def test_times_as_shops_write_them(value: object, micros: int | None, levels: list[str]) -> None:
    assert read_time(value) == (micros, levels)


@given(st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None)), st.integers(-14 * 60, 14 * 60))
def test_one_moment_reads_the_same_in_every_form(moment: datetime, offset_minutes: int) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    micros = (whole - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    elsewhere = whole.astimezone(timezone(timedelta(minutes=offset_minutes)))
    forms = [
        micros // 1000,
        str(micros // 1000),
        whole.isoformat(),
        elsewhere.isoformat(),
        whole.replace(tzinfo=None).isoformat(" "),
    ]
    assert {read_time(form)[0] for form in forms} == {micros}
    assert read_time(micros // 1_000_000)[0] == micros // 1_000_000 * 1_000_000


@pytest.mark.parametrize(
    ("value", "text", "levels"),
    [
        (169.97, "169.97", []),
        (Decimal("169.97"), "169.97", []),
        (10, "10", []),
        (0, "0", []),
        (-12.5, "-12.5", []),
        (Decimal("2.0000"), "2", []),
        (Decimal("1E+2"), "100", []),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789", []),
        (Decimal("-0.0"), "0", []),
        (Decimal("1e-999999"), "0", []),
        ("12.50", "12.5", ["corrected"]),
        ("2.0000", "2", ["corrected"]),
        (" 7 ", "7", ["corrected"]),
        ("-3.10", "-3.1", ["corrected"]),
        ("1e3", "1000", ["corrected"]),
        *((wrong, None, ["refused"]) for wrong in ("12,50", "1,234.50", "1.234,50", "$12", "12 USD", "NaN", "Infinity", "abc")),
        *((wrong, None, ["refused"]) for wrong in (True, {"a": 1}, [1], "1_0", "１２", Decimal("1e400"), 10**15, 10**500)),
        *((wrong, None, ["refused"]) for wrong in (float("nan"), float("inf"), "9" * 1000, "1e400", Decimal("1e999999"))),
    ],
)
def test_amounts_as_shops_write_them(value: object, text: str | None, levels: list[str]) -> None:
    notes = Notes()
    assert (money.amount(value, notes, "properties", "amount"), [note.level for note in notes]) == (text, levels)


def test_a_local_amount_is_refused_with_what_to_send() -> None:
    notes = Notes()
    money.amount("12,50", notes, "properties.items[1]", "price")
    assert (notes[0].path, notes[0].got, notes[0].fix) == (
        "properties.items[1].price",
        '"12,50"',
        "Send 12.5. In PHP: (float) str_replace(',', '.', $price)",
    )


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=4))
def test_an_amount_keeps_its_value_as_number_and_as_text(number: Decimal) -> None:
    as_number, as_text = money.amount(number, Notes(), "", "a"), money.amount(format(number, "f"), Notes(), "", "a")
    assert as_number == as_text
    assert as_number is not None and Decimal(as_number) == number


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("10.45", "USD", 1045),
        ("0.1", "EUR", 10),
        ("1000", "JPY", 1000),
        ("10.5", "JPY", 10),
        ("11.5", "JPY", 12),
        ("1.2345", "KWD", 1234),
        ("1.2355", "KWD", 1236),
        ("2.675", "USD", 268),
        ("2.665", "USD", 266),
        ("-10.45", "USD", -1045),
        ("1", "CLF", 10000),
        ("999999999999999", "KWD", 999999999999999000),
        ("0.000000000000000000001", "USD", 0),
    ],
)
def test_minor_units_follow_iso_4217_and_round_halves_to_even(amount: str, currency: str, minor: int) -> None:
    assert money.minor_units(amount, currency) == minor


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(money.CURRENCIES)))
def test_minor_units_undo_themselves(minor: int, currency: str) -> None:
    assert money.minor_units(format(Decimal(minor).scaleb(-money.exponent(currency)), "f"), currency) == minor


@pytest.mark.parametrize(
    ("value", "code", "levels"),
    [
        ("USD", "USD", []),
        ("usd", "USD", ["corrected"]),
        (" Eur ", "EUR", ["corrected"]),
        ("XQZ", "XQZ", ["warning"]),
        *((wrong, None, ["refused"]) for wrong in ("$", "Dollar", "€", 840, True, ["USD"], "ÜSD")),
    ],
)
def test_currencies(value: object, code: str | None, levels: list[str]) -> None:
    notes = Notes()
    assert (money.currency(value, notes, "", "currency"), [note.level for note in notes]) == (code, levels)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ada@Example.com", "ada@example.com"),
        (" ada@example.com ", "ada@example.com"),
        ("o'neil+shop@mail.example.co.uk", "o'neil+shop@mail.example.co.uk"),
        ("zoë@exämple.de", "zoë@exämple.de"),
        *((wrong, None) for wrong in ("[email protected]", "[email\xa0protected]", "ada", "ada@", "@example.com", "ada@example", "")),
        *((wrong, None) for wrong in ("a b@example.com", "a@b@c.de".replace("a@b", '"a'), "a..b@example.com", ".a@example.com")),
        *((wrong, None) for wrong in ("ada@10.0.0.1", "ada@-x.com", "ada@x-.com", "ada@example..com", "Ada <ada@example.com>")),
        *((wrong, None) for wrong in ("x" * 65 + "@example.com", "ada@" + "x" * 64 + ".com", "ada@example.com\r\nBcc: x@y.z")),
    ],
)
def test_which_addresses_identify(text: str, address: str | None) -> None:
    assert contact.email(text) == address


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+1 202-555-0123", "DE", "+12025550123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("+911000000000", "US", "+911000000000"),
        ("098765 43210", "IN", "+919876543210"),
        *((wrong, "US", None) for wrong in ("12345", "call me", "", "9977090122", "+", "0" * 100, "+1" + "2" * 40, "\x00")),
    ],
)
def test_which_phones_identify(text: str, region: str, number: str | None) -> None:
    assert contact.phone(text, region) == number


@pytest.mark.parametrize(
    ("value", "said", "levels"),
    [
        ("000000101", "000000101", []),
        (11111, "11111", []),
        (2589211394106, "2589211394106", []),
        (" 7 ", "7", ["corrected"]),
        (Decimal("5.0"), "5", ["corrected"]),
        (5.0, "5", ["corrected"]),
        *((wrong, values.KEEP, ["corrected"]) for wrong in (True, 5.5, {"a": 1}, [1], "x" * 257, float("nan"), 10**400)),
    ],
)
def test_ids_are_exact_strings(value: object, said: object, levels: list[str]) -> None:
    notes = Notes()
    assert (values.identifier(value, notes, "", "id"), [note.level for note in notes]) == (said, levels)
