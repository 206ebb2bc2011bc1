"""How an amount of money is written for people. Pure."""

from decimal import Decimal

from tillside.events.money import exponent as exponent_of

MINUS = "−"
_SYMBOLS = {
    "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "ILS": "₪", "TRY": "₺", "UAH": "₴", "VND": "₫",
    "NGN": "₦", "PHP": "₱", "PLN": "zł", "CZK": "Kč", "BRL": "R$", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "MXN": "MX$", "HKD": "HK$",
    "SGD": "S$", "TWD": "NT$", "ZAR": "R",
}  # fmt: skip
_SYMBOL_ENDS = frozenset({"PLN", "CZK"})


def money(minor: int, currency: str) -> str:
    """Minor units for people: ``money(128450, "EUR")`` is "€1,284.50"; a currency without a symbol leads with its code."""
    exponent = exponent_of(currency)
    digits = f"{Decimal(abs(minor)).scaleb(-exponent):,.{exponent}f}"
    sign = MINUS if minor < 0 else ""
    symbol = _SYMBOLS.get(currency)
    if symbol is None:
        return f"{sign}{currency} {digits}".strip()
    return f"{sign}{digits} {symbol}" if currency in _SYMBOL_ENDS else f"{sign}{symbol}{digits}"
