"""Amounts and currencies: decimal text read from the literal, never through binary fractions, and minor units by ISO 4217."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from tillside.events.limits import at
from tillside.events.notes import Notes

LARGEST: Final = 10**12  # in major units: in minor units of any currency one fits 64 bits, and so does the sum of 90,000 in cents
_USUAL_EXPONENT: Final = 2
_LAST_DIGITS: Final = frozenset("123456789")
_WITHOUT_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS: Final = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS: Final = "CLF UYW"
_TWO_DECIMALS: Final = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF
    IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD
    SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL
"""
_EXPONENTS: Final = {
    **dict.fromkeys(_TWO_DECIMALS.split(), 2),
    **dict.fromkeys(_WITHOUT_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    **dict.fromkeys(_FOUR_DECIMALS.split(), 4),
}
CURRENCIES: Final = frozenset(_EXPONENTS)


def exponent(currency: str) -> int:
    """How many decimals the currency has (ISO 4217): USD 2, JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, _USUAL_EXPONENT)


def minor_units(amount: str, currency: str) -> int:
    """`amount` (decimal text) in the currency's smallest unit, halves to even: ("10.45", "USD") → 1045, ("10.5", "JPY") → 10."""
    places = exponent(currency)
    whole, _, part = amount.partition(".")
    if len(part) <= places and (whole + part).isdigit() and (whole + part).isascii():  # nothing to round: five times as fast
        return int(whole + part.ljust(places, "0"))
    scaled = Decimal(amount).scaleb(places)
    return int(scaled.to_integral_value(ROUND_HALF_EVEN))


def amount(value: object, notes: Notes, path: str, key: str) -> str | None:
    """Canonical decimal text (``"12.5"``). Plain text numbers are corrected; local forms such as ``"12,50"`` are refused."""
    if type(value) is int and -LARGEST < value < LARGEST:
        return str(value)
    if value.__class__ is Decimal or value.__class__ is float:
        text = str(value)
        if len(text) < 16 and text[-1] in _LAST_DIGITS and "E" not in text and "e" not in text:
            return text
    number = _number(value)
    if number is None:
        _refuse(value, notes, at(path, key))
        return None
    if not (number.is_finite() and -LARGEST < number < LARGEST):
        notes.refused(at(path, key), "Out of range", got=value, fix="Send an amount below 10^12.")
        return None
    text = plain_text(number)
    if isinstance(value, str):
        notes.corrected(at(path, key), "text → number", got=value, read=Decimal(text))
    return text


def plain_text(number: Decimal) -> str:
    """A finite decimal without exponent, without trailing zeros: 2.0000 → ``"2"``, 1E+2 → ``"100"``."""
    text = str(number)
    if "E" in text:
        text = format(number, "f") if number.adjusted() > -40 else "0"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def currency(value: object, notes: Notes, path: str, key: str) -> str | None:
    """An ISO 4217 code in capitals; another spelling of a code is corrected, a symbol or a name refused."""
    if value.__class__ is str and value in CURRENCIES:
        return str(value)
    code = value.strip().upper() if isinstance(value, str) else ""
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        notes.refused(at(path, key), "Not a currency code", got=value, fix="Send the ISO 4217 code, for example USD.")
        return None
    if code not in CURRENCIES:
        notes.warning(at(path, key), f"{code} is not in ISO 4217: read with two decimals", fix="Check the code.")
    if code != value:
        notes.corrected(at(path, key), "Read as meant", got=value, read=code)
    return code


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if value.bit_length() < 64 else Decimal("Infinity")
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Decimal):
        return value
    return _plain(value) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _plain(text: str) -> Decimal | None:
    stripped = text.strip()
    if not stripped.isascii() or "_" in stripped or len(stripped) > 64:
        return None
    try:
        number = Decimal(stripped)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _refuse(value: object, notes: Notes, path: str) -> None:
    if not isinstance(value, str):
        notes.refused(path, "Expected a number", got=value, fix="Send a plain number such as 12.5.")
        return
    meant = _plain(value.replace(",", ".")) if value.count(",") == 1 and "." not in value else None
    if meant is None:
        fix = "Send a plain number such as 12.5: no currency sign, no thousands separator."
    else:
        fix = f"Send {plain_text(meant)}. In PHP: (float) str_replace(',', '.', $price)"
    notes.refused(path, "Expected a number, got text", got=value, fix=fix)
