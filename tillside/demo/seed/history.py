"""Customers and orders of the past weeks: every order lives through the shop's own verbs, one statement for each step."""

import unicodedata
from random import Random
from typing import Literal

from msgspec import structs

from tillside.demo import basket, catalogue, countries, orders, statements
from tillside.demo.draft import Draft
from tillside.demo.orders import Order, Parcel, Verb
from tillside.demo.people import CAST, CROWD, PHONES, Person
from tillside.demo.seed.said import DAY, HOUR, MINUTE, Said, new_id

ORDERS = 150
SCAN_EVERY = 60 * HOUR
Fate = Literal["usual", "failed", "cancelled", "refunded", "part refunded", "split", "stuck", "packing"]
FATES: tuple[tuple[Fate, int], ...] = (
    ("usual", 79),
    ("failed", 3),
    ("cancelled", 4),
    ("refunded", 2),
    ("part refunded", 6),
    ("split", 6),
)
WEEKS_MS = 40 * DAY
FIRST_ORDER = 10281
Life = list[Order]
# What the cast is going through at this moment: age of the order, who, what becomes of it.
STORIES: tuple[tuple[int, int, Fate], ...] = (
    (9 * MINUTE, 0, "usual"),
    (50 * MINUTE, 1, "usual"),
    (9 * HOUR, 2, "packing"),
    (6 * HOUR, 3, "packing"),
    (5 * HOUR, 4, "failed"),
    (3 * DAY, 5, "split"),
    (13 * DAY, 6, "part refunded"),
    (7 * DAY, 7, "stuck"),
)
Step = tuple[int, Verb]
SPELT = str.maketrans({"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "ß": "ss", "ı": "i", "æ": "ae"})


def people(chance: Random) -> list[Person]:
    """The cast and the crowd. Two of three have an account; the others order as guests."""
    crowd = []
    for number, person in enumerate(CROWD):
        pattern = PHONES[person.country]
        phone = "".join(str(chance.randint(0, 9)) if sign == "#" else sign for sign in pattern)
        uid = "" if number % 3 == 2 else str(15011 + number * 83)
        crowd.append(structs.replace(person, uid=uid, email=_mail(person, number), phone=phone if chance.random() < 0.8 else ""))
    return [*CAST, *crowd]


def lives(chance: Random, everybody: list[Person], now_ms: int) -> list[Life]:
    """Every order as the list of states it went through, oldest order first."""
    fates, weights = zip(*FATES, strict=True)
    plots: list[tuple[int, Person, Fate]] = [(now_ms - age, CAST[who], fate) for age, who, fate in STORIES]
    while len(plots) < ORDERS:
        plots.append((_moment(chance, now_ms), _orderer(chance, everybody), chance.choices(fates, weights)[0]))
    plots.sort(key=lambda plot: plot[0])
    return [_life(chance, person, fate, FIRST_ORDER + n, at, now_ms) for n, (at, person, fate) in enumerate(plots)]


def statements_of(lives: list[Life], chance: Random, *, key: str, shop_url: str) -> list[Said]:
    """What the shop's server told the desk at each step."""
    return [Said(order.updated_at, _event(order, chance, key=key, shop_url=shop_url), is_signed=True) for life in lives for order in life]


def _event(order: Order, chance: Random, *, key: str, shop_url: str) -> statements.Event:
    return statements.order_event(order, key=key, shop_url=shop_url, event_id=new_id(chance), sent_at=order.updated_at)


def _moment(chance: Random, now_ms: int) -> int:
    """Some time in the past weeks, rather by day than by night."""
    days_ago = chance.randrange(1, WEEKS_MS // DAY)
    hour = min(23, max(0, round(chance.gauss(15, 4.5))))
    midnight = now_ms - now_ms % DAY
    at = midnight - days_ago * DAY + hour * HOUR + chance.randrange(HOUR)
    return at if at < now_ms - 4 * HOUR else at - chance.randint(1, 9) * DAY


def _orderer(chance: Random, everybody: list[Person]) -> Person:
    """The cast orders more often than others."""
    return chance.choice(CAST) if chance.random() < 0.2 else chance.choice(everybody)


def _life(chance: Random, person: Person, fate: Fate, number: int, at: int, now_ms: int) -> Life:
    order = _placed(chance, person, number, at)
    if fate == "failed":
        return [structs.replace(order, state="payment_failed", payment="card")]
    life = [order]
    steps = _cancelled(chance, order) if fate == "cancelled" else _packed_and_sent(chance, order, fate)
    if fate in ("refunded", "part refunded"):
        steps.append(_refund_step(chance, order, is_whole=fate == "refunded"))
    for step_at, verb in sorted(steps, key=lambda step: step[0]):
        if step_at < now_ms:
            life.append(verb(life[-1], step_at))
    return life


def _cancelled(chance: Random, order: Order) -> list[Step]:
    return [(order.placed_at + chance.randrange(20 * MINUTE, 5 * HOUR), lambda order, at: orders.cancel(order, at=at))]


def _packed_and_sent(chance: Random, order: Order, fate: Fate) -> list[Step]:
    """Packing table, one parcel or two, scans on the way, and the door of the customer; a stuck parcel never gets there."""
    country = countries.country(order.shipping.country) or countries.COUNTRIES[0]
    carrier = chance.choice(country.carriers)
    sent_at = order.placed_at + chance.randrange(2 * HOUR, 5 * HOUR)
    steps: list[Step] = [(sent_at, lambda order, at: orders.pack(order, at=at))]
    if fate == "packing":
        return steps
    for number, load in enumerate(_loads(order, fate), start=1):
        sent_at += chance.randrange(2 * HOUR, 16 * HOUR) + (number - 1) * 5 * DAY
        parcel = _parcel(chance, f"P{order.id}-{number}", carrier, load)
        steps.append((sent_at, _ship(parcel)))
        if fate != "stuck":
            door_at = sent_at + chance.randint(*country.days) * DAY + chance.randrange(9 * HOUR)
            steps += [(scan_at, _scan(parcel.id)) for scan_at in range(sent_at + SCAN_EVERY, door_at, SCAN_EVERY)]
            steps.append((door_at, _deliver(parcel.id)))
    return steps


def _refund_step(chance: Random, order: Order, *, is_whole: bool) -> Step:
    """Some days after the parcel: one piece of the first line, or all of it."""
    at = order.placed_at + chance.randrange(6 * DAY, 12 * DAY)
    pieces = tuple((line.option_id, line.quantity) for line in order.lines) if is_whole else ((order.lines[0].option_id, 1),)
    cents = order.total if is_whole else order.worth(pieces)
    return at, lambda order, at: orders.refund(order, cents, at=at, pieces=pieces)


def _ship(parcel: Parcel) -> Verb:
    return lambda order, at: orders.ship(order, structs.replace(parcel, shipped_at=at, updated_at=at))


def _scan(parcel_id: str) -> Verb:
    return lambda order, at: orders.scan(order, parcel_id, at=at)


def _deliver(parcel_id: str) -> Verb:
    return lambda order, at: orders.deliver(order, parcel_id, at=at)


def _placed(chance: Random, person: Person, number: int, at: int) -> Order:
    cart: tuple[basket.Entry, ...] = ()
    for _ in range(chance.choice((1, 1, 2, 2, 3, 4))):
        product = chance.choice(catalogue.PRODUCTS)
        cart = basket.put(cart, product, chance.choice(product.options), chance.choice((1, 1, 1, 2, 3)))
    positions = basket.positions(cart)
    goods = sum(position.sum for position in positions)
    coupon = chance.choice(catalogue.COUPONS) if chance.random() < 0.2 else None
    method = "express" if chance.random() < 0.15 else "letter"
    totals = basket.totals(goods, country_code=person.country, method=method, coupon=coupon)
    token = f"{chance.getrandbits(128):032x}"
    draft = Draft(
        email=person.email,
        address=person.address,
        method=method,
        payment=chance.choice(("card", "card", "paypal", "invoice")),
        uid=person.uid,
        coupons=(coupon.code,) if coupon and goods >= coupon.least else (),
        did=new_id(Random(f"device of {person.email}")),  # noqa: S311  # one browser for one person
        sid=new_id(chance),
    )
    return draft.order(number, token, positions, totals, at=at)


def _loads(order: Order, fate: Fate) -> list[tuple[tuple[str, int], ...]]:
    """All in one parcel, or one piece of the first line ahead of everything else."""
    everything = tuple((line.option_id, line.quantity) for line in order.lines)
    if fate != "split" or order.pieces < 2:
        return [everything]
    (first, pieces), *others = everything
    rest = ((first, pieces - 1), *others) if pieces > 1 else tuple(others)
    return [((first, 1),), rest]


def _parcel(chance: Random, parcel_id: str, carrier: str, load: tuple[tuple[str, int], ...]) -> Parcel:
    number = "00340434" + "".join(str(chance.randint(0, 9)) for _ in range(12))
    return Parcel(parcel_id, carrier, number, countries.tracking_url(carrier, number), load, shipped_at=0, updated_at=0)


def _mail(person: Person, number: int) -> str:
    """A readable address at example.com; names in other scripts get a number."""
    plain = unicodedata.normalize("NFKD", f"{person.first_name}.{person.last_name}".replace("ł", "l").replace("Ł", "L").replace("ø", "o"))
    letters = "".join(sign for sign in plain.lower() if (sign.isascii() and sign.isalnum()) or sign == ".")
    return f"{letters if len(letters) > 4 else f'reader{number}'}@example.com"
