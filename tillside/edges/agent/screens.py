"""Templates: what they may call, and how one becomes an answer. They choose and repeat; what needs computing is given to them."""

from functools import cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from tillside.base.trust import Trust
from tillside.edges.agent import format, sentences, static
from tillside.orders.state import STATES

_FOLDER = Path(__file__).with_name("templates")


@cache
def environment() -> Environment:
    """One environment for all pages and pieces; autoescape is on, and an unknown name is an error, not an empty place."""
    made = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(
        money=format.money, number=format.number, plural=format.plural, wait=format.wait, initials=format.initials, tint=format.tint
    )
    made.filters.update(moment=_moment, clock=_clock, minute=_minute, day=_day, date=_date, iso=format.iso)
    made.filters.update(stamp=_stamp, percent=format.percent, host=_host)
    made.filters.update(query=urlencode)
    made.filters.update(apart=sentences.apart, by_state=sentences.by_state)
    made.globals.update(static=static.url, icon=icon, level=_level)
    made.globals.update(states=STATES, state_icons=sentences.STATE_ICONS, state_chips=sentences.STATE_CHIPS)
    made.globals.update(_macros(made))
    return made


def draw(template: str, **given: object) -> str:
    """The text of a page or piece."""
    return environment().get_template(template).render(**given)


def icon(name: str, size: str = "") -> Markup:
    """One icon of the sprite; `size`: small, large, or a class such as ``turns``. It says nothing by itself: a word stands beside it."""
    kind = f" icon--{size}" if size else ""
    return Markup('<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(kind, static.url("icons.svg"), name)


def _macros(made: Environment) -> dict[str, object]:
    """The small parts every page may use without an import (templates/_parts.html)."""
    module = made.get_template("_parts.html").module
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def _level(trust: int) -> str:
    """The one word for a level of trust."""
    return Trust(trust).word


@pass_context
def _moment(context: Context, at: int) -> Markup:
    """``{{ order.placed_at|moment }}``: brief to read, exact in title and datetime. The page's `zone` says whose clock."""
    zone = context["zone"]
    return _time(at, zone, format.moment(at, zone))


@pass_context
def _clock(context: Context, at: int) -> Markup:
    return _time(at, context["zone"], format.clock(at, context["zone"]))


@pass_context
def _stamp(context: Context, at: int) -> Markup:
    """To the second today, with its day before."""
    return _time(at, context["zone"], format.stamp(at, context["zone"]))


def _host(address: str) -> str:
    """The host of an address, for a list."""
    return urlsplit(address).netloc


@pass_context
def _minute(context: Context, at: int) -> Markup:
    """The time of day, under a heading that says the day."""
    return _time(at, context["zone"], format.minute(at, context["zone"]))


@pass_context
def _date(context: Context, at: int) -> Markup:
    """The day even if it is today's."""
    return _time(at, context["zone"], format.day(at, context["zone"]))


@pass_context
def _day(context: Context, at: int) -> str:
    return format.day(at, context["zone"])


def _time(at: int, zone: str, text: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(format.iso(at), format.exact(at, zone), text)
