"""Who an event is about: handles → one profile, by the ladder of trust (safety rules; decisions 4 to 6).

1. Vouched-for claims name a person: the shop's own id first, else the e-mail, else the phone. An id and an e-mail vouched for
   together belong to one person; two different ids never do.
2. Typed claims name a visitor, by the first of id, e-mail, phone. They never reach a person somebody vouched for, and an equal
   e-mail alone never joins two visitors.
3. Without claims, the browser itself is the visitor. Its history joins whoever is identified on it, at the trust of that moment.
"""

from typing import NamedTuple

from tillside.base.trust import Trust
from tillside.customers.people import Handle, People
from tillside.customers.profile import Profile
from tillside.customers.sketch import Sketch
from tillside.events.shapes import Claims

TYPED, VOUCHED = 0, 1


class Moment(NamedTuple):
    """When and where an event names somebody: its connector, its id in the log, its arrival, and what vouches for it in words."""

    connector_id: str
    event_id: int
    at: int
    source: str


def handles(claims: Claims, connector_id: str, tier: int) -> list[Handle]:
    """The handles of these claims, strongest first."""
    found: list[Handle] = []
    if claims.uid:
        found.append((claims.uid, "uid", connector_id, tier))
    if claims.email:
        found.append((claims.email, "email", "", tier))
    if claims.phone:
        found.append((claims.phone, "phone", "", tier))
    return found


def device(name: str, connector_id: str) -> Handle:
    return (name, "device", connector_id, TYPED)


def person(people: People, claims: Claims, trust: Trust, moment: Moment) -> Profile:
    """The person vouched-for claims name; created when nobody holds them. A customer from now on."""
    named = handles(claims, moment.connector_id, VOUCHED)
    one = _by_uid(people, claims, trust, moment) if claims.uid else people.holder(named[0])
    if one is None:
        one = people.found(named[0], at=moment.at, event_id=moment.event_id)
    for handle in named:
        owner = people.holder(handle)
        if owner is None or owner is one:
            people.hold(handle, one, trust=trust, source=moment.source, event_id=moment.event_id)
        elif handle[1] == "email" and claims.uid:
            _join(people, owner, one, claims, trust, moment)
    people.become_customer(one)
    return one


def begin(people: People, claims: Claims, sketch: Sketch, trust: Trust, moment: Moment) -> Profile | None:
    """The person a sketch was made of, when nobody holds any of the vouched-for claims: what `person` comes to, without its steps."""
    named = handles(claims, moment.connector_id, VOUCHED)
    if not people.identifiers.keys().isdisjoint(named):
        return None
    one = people.began(named[0], sketch, at=moment.at, event_id=moment.event_id)
    for handle in named:
        people.hold(handle, one, trust=trust, source=moment.source, event_id=moment.event_id)
    return one


def visitor(people: People, claims: Claims, moment: Moment) -> Profile:
    """The visitor typed claims name; created when nobody holds the first of them."""
    handle = handles(claims, moment.connector_id, TYPED)[0]
    one = people.holder(handle) or people.found(handle, at=moment.at, event_id=moment.event_id)
    people.hold(handle, one, trust=Trust.TYPED, source=moment.source, event_id=moment.event_id)
    return one


def browser(people: People, name: str, moment: Moment) -> Profile:
    """The profile of a browser, by the device id of its cookie."""
    handle = device(name, moment.connector_id)
    one = people.holder(handle) or people.found(handle, at=moment.at, event_id=moment.event_id)
    people.hold(handle, one, trust=Trust.TYPED, source=moment.source, event_id=moment.event_id)
    return one


def recognise(people: People, browser: Profile, one: Profile, trust: Trust, moment: Moment, *, reason: str = "") -> None:
    """Somebody was identified on a browser: its history joins theirs, unless better evidence gave it to somebody else."""
    if people.root(browser.id) is people.root(one.id) or one.id in browser.known.apart:
        return
    merge = people.merges.get(browser.id)
    if browser.into_id is not None and (merge is None or merge.trust >= trust):
        return
    if browser.into_id is not None:
        people.part(browser, at=moment.at)
    reason = reason or ("signed in on this browser" if trust > Trust.TYPED else "named on this browser")
    people.merge(browser, people.root(one.id), reason, trust=trust, event_id=moment.event_id, at=moment.at)


def _by_uid(people: People, claims: Claims, trust: Trust, moment: Moment) -> Profile | None:
    """The holder of the shop's id; else the holder of its e-mail, if no other id of this shop is theirs."""
    assert claims.uid is not None
    known = people.holder((claims.uid, "uid", moment.connector_id, VOUCHED))
    if known is not None:
        return known
    by_email = people.holder((claims.email, "email", "", VOUCHED)) if claims.email else None
    if by_email is not None and not _has_other_uid(people, by_email, claims.uid, moment.connector_id):
        one = by_email
    else:
        one = people.found((claims.uid, "uid", moment.connector_id, VOUCHED), at=moment.at, event_id=moment.event_id)
    one.known.uids.setdefault(moment.connector_id, claims.uid)
    people.touch(one)
    return one


def _join(people: People, owner: Profile, one: Profile, claims: Claims, trust: Trust, moment: Moment) -> None:
    """The shop vouches for an id together with an e-mail somebody else holds: one person, unless that somebody has an id of their own."""
    assert claims.uid is not None
    theirs, ours = people.root(owner.id), people.root(one.id)
    if theirs is ours or _has_other_uid(people, owner, claims.uid, moment.connector_id) or ours.id in theirs.known.apart:
        return
    people.merge(
        theirs, ours, f"the shop says {claims.email} belongs to its account {claims.uid}", trust=trust, event_id=moment.event_id, at=moment.at
    )


def _has_other_uid(people: People, one: Profile, uid: str, connector_id: str) -> bool:
    root = people.root(one.id)
    return any(seen.known.uids.get(connector_id, uid) != uid for seen in (one, root))
