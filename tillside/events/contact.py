"""Email addresses and phone numbers: what is fit to identify somebody, and in which canonical form."""

import re
from functools import lru_cache
from typing import Final

import phonenumbers

_LOCAL_MARKS: Final = frozenset("!#$%&'*+-/=?^_`{|}~.")
_WORD = "[a-z0-9_+-]{1,20}"
_LABEL = "[a-z0-9]{1,31}(?:-[a-z0-9]{1,31})?"
_PLAIN: Final = re.compile(rf"{_WORD}(?:\.{_WORD}){{0,2}}@(?:{_LABEL}\.){{1,3}}[a-z]{{2,20}}")
"""What nearly all addresses look like: well within the rules below, and seen in a third of the time."""


@lru_cache(maxsize=8192)
def email(text: str) -> str | None:
    """The address in lower case, or None if it cannot identify anybody (``[email protected]``, quoted local parts, no domain)."""
    address = text.strip().lower()
    return address if _PLAIN.fullmatch(address) or _is_address(address) else None


def _is_address(address: str) -> bool:
    local, mark, domain = address.rpartition("@")
    if not mark or not (0 < len(local) <= 64) or not (3 <= len(domain) <= 253):
        return False
    if local[0] == "." or local[-1] == "." or ".." in local:
        return False
    if not all(sign.isalnum() or sign in _LOCAL_MARKS for sign in local):
        return False
    return _is_domain(domain)


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or len(labels[-1]) < 2:
        return False
    return all(0 < len(label) <= 63 and label[0] != "-" and label[-1] != "-" and label.replace("-", "").isalnum() for label in labels)


def digits(phone: str) -> str:
    """A phone as somebody typed it, without everything that is no digit."""
    return "".join(sign for sign in phone if sign.isdecimal() and sign.isascii())


def dialled(phone: str) -> list[str]:
    """The digits an E.164 number is typed with: whole, with 00 before it, and as it is dialled at home."""
    number = phonenumbers.parse(phone, None)
    national = phonenumbers.national_significant_number(number)
    at_home = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return sorted({digits(phone), "00" + digits(phone), national, digits(at_home)})


@lru_cache(maxsize=8192)
def phone(text: str, region: str) -> str | None:
    """The number as E.164, or None. With its own country code it has only to be possible; without, it must be valid in `region`.

    The rule is stricter without a country code since the country is then our guess, and a wrong guess is another person's number.
    """
    if len(text) > 64:
        return None
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    says_country = text.strip().startswith(("+", "＋", "00"))
    fits = phonenumbers.is_possible_number(number) if says_country else phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if fits else None
