"""The cart and what it costs. Pure: what is in it lives with the visit (`store`)."""

from dataclasses import dataclass

from msgspec import Struct, structs

from tillside.demo import catalogue, countries, money
from tillside.demo.catalogue import Coupon, Option, Product
from tillside.demo.orders import Line

MOST_OF_ONE = 20
MOST_LINES = 30


class Entry(Struct, frozen=True):
    product_id: str
    option_id: str
    quantity: int


@dataclass(frozen=True)
class Position:
    product: Product
    option: Option
    quantity: int

    @property
    def name(self) -> str:
        return f"{self.product.name}, {self.option.name.lower()}" if self.option.name else self.product.name

    @property
    def sum(self) -> int:
        return self.product.price * self.quantity

    def line(self) -> Line:
        product, option = self.product, self.option
        return Line(
            product.id,
            option.id,
            option.sku,
            self.name,
            product.price,
            self.quantity,
            product.grams,
            picture=product.picture,
            path=f"/products/{product.slug}",
        )


@dataclass(frozen=True)
class Totals:
    goods: int
    discount: int
    postage: int
    tax: int

    @property
    def total(self) -> int:
        return self.goods - self.discount + self.postage


def put(cart: tuple[Entry, ...], product: Product, option: Option, quantity: int) -> tuple[Entry, ...]:
    """Adds pieces, to a line that is there if there is one."""
    for entry in cart:
        if entry.option_id == option.id:
            return change(cart, option.id, entry.quantity + quantity)
    return (*cart, Entry(product.id, option.id, min(quantity, MOST_OF_ONE)))[:MOST_LINES]


def change(cart: tuple[Entry, ...], option_id: str, quantity: int) -> tuple[Entry, ...]:
    """Sets the pieces of a line; none removes it."""
    changed = (structs.replace(e, quantity=min(quantity, MOST_OF_ONE)) if e.option_id == option_id else e for e in cart)
    return tuple(entry for entry in changed if entry.quantity > 0)


def positions(cart: tuple[Entry, ...]) -> list[Position]:
    """The lines with their products; what is no longer sold drops out."""
    found = []
    for entry in cart:
        product = catalogue.by_id(entry.product_id)
        option = product and product.option(entry.option_id)
        if product and option:
            found.append(Position(product, option, entry.quantity))
    return found


def totals(goods: int, *, country_code: str, method: str, coupon: Coupon | None) -> Totals:
    """What a cart of `goods` cents costs in a country: coupon off the goods, postage by what is left, tax contained."""
    country = countries.country(country_code) or countries.COUNTRIES[0]
    counts = coupon if coupon and goods >= coupon.least else None
    discount = counts.discount(goods) if counts else 0
    postage = 0 if counts and counts.free_post and method == "letter" else countries.postage(country, method, goods - discount)
    return Totals(goods, discount, postage, money.tax_within(goods - discount + postage, country.tax))
