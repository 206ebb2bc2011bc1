"""The table: event name → what it does to customers and orders. A name that does not stand here stays in the timeline as it came."""

from collections.abc import Callable
from typing import NamedTuple

from tillside.base.trust import Trust
from tillside.customers import identity, proof
from tillside.customers.identity import Moment
from tillside.customers.people import Handle
from tillside.customers.profile import Profile
from tillside.events.shapes import Claims
from tillside.orders.book import Source
from tillside.orders.stated import Stated
from tillside.projector.reading import Happening
from tillside.projector.workplace import Workplace


class Subject(NamedTuple):
    """Whom an event is about: their own profile (merged or not), how far that is vouched for, and whether the event named them.
    `is_told`: all the event says of them is in the profile."""

    profile: Profile | None
    trust: Trust
    is_named: bool
    is_told: bool = False


Verb = Callable[[Workplace, Happening, Subject], str | None]
"""What an event does; returns the id of the order it was about."""


def apply(place: Workplace, happening: Happening) -> None:
    """Work one event in: who, what, and its line in the story."""
    subject = _subject(place, happening)
    verb = TABLE.get(happening.event.name, nothing_more)
    order_id = verb(place, happening, subject)
    profile = subject.profile or _of_order(place, order_id)
    if subject.profile is not None and not subject.is_told:  # not whoever owns the order: a shop's word about it is no visit of theirs
        place.people.saw(subject.profile, happening.event.occurred_at)
    place.tell(happening, profile.id if profile else None, order_id, subject.trust)


def nothing_more(place: Workplace, happening: Happening, subject: Subject) -> None:
    """Known by its line in the story alone."""


def order(place: Workplace, happening: Happening, subject: Subject) -> str | None:
    """A statement about an order or a subscription, joined with all the others."""
    stated = happening.order
    assert stated is not None, "an order event without an order was refused at intake"
    source = Source(happening.entry.connector_id, happening.id, happening.entry.received_at, happening.entry.wire.currency)
    known = place.book.find(source.connector_id, stated.kind, stated.number, stated.db_key)
    before = known.profile_id if known is not None and not known.owner else ""
    page = place.book.add(
        source,
        stated,
        trust=_trust_of_content(happening, subject),
        profile_id=subject.profile.id if subject.profile else "",
        names_profile=subject.is_named,
    )
    if not page.owner:
        page.profile_id = before or _nameless(place, happening, stated).id
    elif before:
        _find_owner(place, happening, subject, before)
    return page.key.id


def _find_owner(place: Workplace, happening: Happening, subject: Subject, nameless_id: str) -> None:
    """An order that named nobody found its customer: what was told under its number alone joins theirs."""
    if subject.profile is not None and subject.is_named and subject.trust > Trust.TYPED:
        entry = happening.entry
        moment = Moment(entry.connector_id, happening.id, entry.received_at, _source(happening, subject.trust))
        reason = "the order was theirs"
        identity.recognise(place.people, place.people.profiles[nameless_id], subject.profile, subject.trust, moment, reason=reason)


TABLE: dict[str, Verb] = {
    "order": order,
    "order_status_update": order,
    "fulfillment": order,
    "delete_fulfillment": order,
    "subscription": order,
    "subscription_status_update": order,
    "identify": nothing_more,
    "page_view": nothing_more,
    "view_product": nothing_more,
    "view_category": nothing_more,
    "view_article": nothing_more,
    "search": nothing_more,
    "view_cart": nothing_more,
    "add_to_cart": nothing_more,
    "remove_from_cart": nothing_more,
    "cart_updated": nothing_more,
    "applied_coupon": nothing_more,
    "checkout_start": nothing_more,
    "checkout_payment": nothing_more,
}
"""Whoever an event names is found and told apart for every name alike; `identify` does nothing beyond that."""


def _subject(place: Workplace, happening: Happening) -> Subject:
    """Find or create the profile an event is about, state its traits, and let its browser's history join."""
    event, entry, people = happening.event, happening.entry, place.people
    if happening.sketch is not None:
        vouched = Moment(entry.connector_id, happening.id, entry.received_at, _source(happening, Trust.PROVEN))
        begun = identity.begin(people, event.claims, happening.sketch, Trust.PROVEN, vouched)
        if begun is not None:
            return Subject(begun, Trust.PROVEN, is_named=True, is_told=True)
    believed = _proof(place, happening)
    is_vouched = entry.trust >= Trust.CODE  # by the shop's server, or by the code that was sent to the address
    claims = event.claims if is_vouched else believed.claims
    trust = Trust(entry.trust) if is_vouched else believed.trust
    moment = Moment(entry.connector_id, happening.id, entry.received_at, _source(happening, trust))
    browser = identity.browser(people, event.device, moment) if event.device else None
    if trust > Trust.TYPED and claims:
        one: Profile | None = identity.person(people, claims, trust, moment)
    elif event.claims:
        one, trust = identity.visitor(people, event.claims, moment), Trust.TYPED
    else:
        one = None  # nobody is named; what vouches for the words themselves still counts
        trust = Trust(entry.trust) if entry.trust >= Trust.PROVEN else Trust.TYPED
    if one is not None and browser is not None:
        identity.recognise(people, browser, one, trust, moment)
    profile = one or browser
    if profile is not None:
        _state_traits(place, happening, profile, believed)
    return Subject(profile, trust, one is not None)


def _proof(place: Workplace, happening: Happening) -> proof.Proof:
    """What the event's token proves: as decided before, else judged now against everybody known up to this event."""
    if happening.proof is None:
        opened = place.opened.get(happening.id)
        if opened is None:
            return proof.Proof(Trust.TYPED, Claims(), "")
        happening.proof = proof.refused(opened) if isinstance(opened, str) else _judge(place, happening, opened)
        place.decided[happening.id] = happening.proof
    return happening.proof


def _judge(place: Workplace, happening: Happening, opened: proof.Opened) -> proof.Proof:
    people, connector_id = place.people, happening.entry.connector_id
    owners: dict[str, str] = {}
    for handle in identity.handles(opened.claims, connector_id, identity.VOUCHED):
        holder = people.holder(handle)
        if holder is not None:
            owners[handle[1]] = people.root(holder.id).id
    typed = [people.holder(handle) for handle in identity.handles(opened.claims, connector_id, identity.TYPED)]
    owns_orders = any(one is not None and (one.id in place.owners or place.book.belongs_to(one.id)) for one in typed)
    return proof.judge(opened, uid_owner=owners.get("uid"), email_owner=owners.get("email"), owns_orders=owns_orders)


def _state_traits(place: Workplace, happening: Happening, profile: Profile, believed: proof.Proof) -> None:
    """What the event says of the person at its own trust, and what a believed token says at the token's."""
    said = happening.said()
    for traits, writer in said.parts():
        place.people.state(profile, traits, trust=Trust(happening.entry.trust), writer=writer)
    if believed.trust > Trust.TYPED:
        place.people.state(profile, believed.traits, trust=believed.trust, writer=[said.at, said.tie])


def _trust_of_content(happening: Happening, subject: Subject) -> int:
    """An order is worth what vouches for its content. A browser's words stay a browser's words, whoever is signed in there."""
    return happening.entry.trust if happening.entry.trust >= Trust.PROVEN else min(subject.trust, Trust.SIGNED)


def _nameless(place: Workplace, happening: Happening, statement: Stated) -> Profile:
    """An order that names nobody has a customer all the same: the one of this order."""
    handle = nameless(statement, happening.entry.connector_id)
    people = place.people
    one = people.holder(handle) or people.found(handle, at=happening.event.occurred_at, event_id=happening.id)
    people.hold(handle, one, trust=Trust(happening.entry.trust), source="an order that names nobody", event_id=happening.id)
    if happening.entry.trust >= Trust.PROVEN:
        people.become_customer(one)
    return one


def nameless(statement: Stated, connector_id: str) -> Handle:
    return (f"{statement.kind} {statement.number}", "order", connector_id, identity.TYPED)


def _of_order(place: Workplace, order_id: str | None) -> Profile | None:
    page = place.book.of_id(order_id) if order_id else None
    return place.people.profiles.get(page.profile_id) if page else None


def _source(happening: Happening, trust: Trust) -> str:
    """What vouches for the person, in words people read."""
    if trust >= Trust.PROVEN:
        return "a signed web token" if happening.proof is not None and happening.proof.trust is Trust.PROVEN else "the shop's server"
    return {Trust.CODE: "a one-time code", Trust.SIGNED: "a legacy token"}.get(trust, "typed in the shop")
