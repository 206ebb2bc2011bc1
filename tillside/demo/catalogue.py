"""What Fern & Fold sells: categories, products, coupons, and how a parcel travels."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from tillside.demo import money


@dataclass(frozen=True)
class Category:
    slug: str
    name: str
    text: str
    id: str


@dataclass(frozen=True)
class Option:
    id: str
    name: str
    sku: str


@dataclass(frozen=True)
class Product:
    """`price` is in cents with tax, `grams` the weight of one."""

    id: str
    slug: str
    name: str
    category: Category
    price: int
    grams: int
    text: str
    stock: int
    choice: str
    options: tuple[Option, ...]
    paper: str

    @property
    def picture(self) -> str:
        return f"/static/pictures/{self.slug}.svg"

    def option(self, option_id: str) -> Option | None:
        return next((option for option in self.options if option.id == option_id), None)


@dataclass(frozen=True)
class Coupon:
    """A code takes `percent` or `cents` off the goods, or the postage, once the goods reach `least` cents."""

    code: str
    words: str
    percent: int = 0
    cents: int = 0
    free_post: bool = False
    least: int = 0

    def discount(self, goods: int) -> int:
        return min(goods, money.share(goods, self.percent) + self.cents)


NOTEBOOKS = Category("notebooks", "Notebooks", "Thread-bound, so that they lie flat on the first page and the last.", "101")
CARDS = Category("cards-and-envelopes", "Cards and envelopes", "Printed by hand on cotton paper, with envelopes that fit.", "102")
TAPE = Category("tape-and-wax", "Tape and wax", "What holds a letter together, and what makes it worth opening.", "103")
DESK = Category("pens-and-ink", "Pens and ink", "For paper that takes fountain ink without feathering.", "104")
CATEGORIES = (NOTEBOOKS, CARDS, TAPE, DESK)


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    """A product as `catalogue.json` holds it."""

    id: str
    slug: str
    name: str
    category: str
    price: int
    grams: int
    stock: int
    paper: str
    text: str
    choice: str = ""
    options: tuple[str, ...] = ("",)


def _product(row: _Row) -> Product:
    stem = "".join(word[0] for word in row.slug.split("-")).upper()
    options = tuple(
        Option(id=f"{row.id}{number}", name=name, sku=f"FF-{stem}-{row.id}" + (f"-{name[:3].upper()}" if name else ""))
        for number, name in enumerate(row.options, start=1)
    )
    shelf = next(category for category in CATEGORIES if category.slug == row.category)
    return Product(row.id, row.slug, row.name, shelf, row.price, row.grams, row.text, row.stock, row.choice, options, row.paper)


_ROWS = msgspec.json.decode(Path(__file__).with_suffix(".json").read_bytes(), type=tuple[_Row, ...])
PRODUCTS = tuple(_product(row) for row in _ROWS)

COUPONS = (
    Coupon("FERN10", "10 % off", percent=10),
    Coupon("WELCOME5", "€5.00 off from €30.00", cents=500, least=3000),
    Coupon("FREEPOST", "Free postage from €40.00", free_post=True, least=4000),
)


def product(slug: str) -> Product | None:
    return next((product for product in PRODUCTS if product.slug == slug), None)


def by_id(product_id: str) -> Product | None:
    return next((product for product in PRODUCTS if product.id == product_id), None)


def category(slug: str) -> Category | None:
    return next((category for category in CATEGORIES if category.slug == slug), None)


def within(category: Category) -> tuple[Product, ...]:
    return tuple(product for product in PRODUCTS if product.category is category)


def found(words: str) -> tuple[Product, ...]:
    """Products whose name, text or category holds every word."""
    wanted = words.casefold().split()[:8]
    if not wanted:
        return ()
    return tuple(product for product in PRODUCTS if all(word in _text(product) for word in wanted))


def beside(product: Product) -> tuple[Product, ...]:
    """Four other products, the same every time, from the shelves next to it."""
    start = PRODUCTS.index(product)
    ring = PRODUCTS[start + 1 :] + PRODUCTS[:start]
    others = [other for other in ring if other.category is not product.category]
    return tuple(others[:: max(1, len(others) // 4)][:4])


def coupon(code: str) -> Coupon | None:
    return next((coupon for coupon in COUPONS if coupon.code == code.strip().upper()), None)


def _text(product: Product) -> str:
    return " ".join((product.name, product.text, product.category.name, product.paper, *(o.name for o in product.options))).casefold()
