"""Whom a token is believed to name (decisions 2 and 3). Decided once per event and kept; a replay asks nobody again.

A legacy token has no MAC: one edited byte of its first block turns an id into any other id. So it acts as a customer only if it
carries an id and an e-mail that both belong to one binding already known, or if neither is known yet and neither owns orders.
"""

from typing import Any

from msgspec import Struct

from tillside.base import signing
from tillside.base.trust import Trust
from tillside.connectors.connector import Connector
from tillside.events.shapes import Claims


class Proof(Struct, frozen=True):
    """What a token proves: nothing (`TYPED`, with the reason) or who the visitor is. `traits`: what else it says of them."""

    trust: Trust
    claims: Claims
    reason: str
    traits: dict[str, Any] = {}


class Opened(Struct, frozen=True):
    """A token whose outside is in order. `is_web`: signed web token, which needs no binding."""

    claims: Claims
    traits: dict[str, Any]
    is_web: bool


NOBODY = Claims()


def open_token(token: str, connector: Connector, at: int) -> Opened | str:
    """Open a token with the secrets that work at a moment; the reason in words when it names nobody."""
    if token.count(".") == 2 and ":" not in token:
        claims, reason = signing.open_web_token(token, connector.token_secret, audience=connector.api_key, at=at)
        if claims is None:
            return reason
        return Opened(claims_of(claims), traits_of(claims), True)
    for secret in connector.live_secrets(at):
        person = signing.open_token(token, secret)
        if person is not None:
            return Opened(claims_of(person), traits_of(person), False)
    return "the token could not be opened with this connector's secret"


def judge(opened: Opened, *, uid_owner: str | None, email_owner: str | None, owns_orders: bool) -> Proof:
    """What an opened token proves. The owners are the vouched-for profiles that hold its id and its e-mail, merged ones resolved."""
    claims = opened.claims
    if opened.is_web:
        return Proof(Trust.PROVEN, claims, "", opened.traits)
    if not claims.uid or not claims.email:
        return _refused("the token names no id and e-mail together, so it only labels events")
    if uid_owner is not None and uid_owner == email_owner:
        return Proof(Trust.SIGNED, claims, "", opened.traits)
    if uid_owner is not None or email_owner is not None:
        return _refused("the token's id and e-mail are not known together")
    if owns_orders:
        return _refused("orders already exist for this id or e-mail, and no better source ties the two together")
    return Proof(Trust.SIGNED, claims, "", opened.traits)


def refused(reason: str) -> Proof:
    return _refused(reason)


def _refused(reason: str) -> Proof:
    return Proof(Trust.TYPED, NOBODY, reason)


def claims_of(person: dict[str, Any]) -> Claims:
    """Identity = id, else sub, else uid; e-mail compared in lower case (contract 1.2)."""
    uid = next(
        (person[name] for name in ("id", "sub", "uid") if isinstance(person.get(name), str | int) and person[name] not in ("", True, False)),
        None,
    )
    email = person.get("email")
    address = email.strip().lower() if isinstance(email, str) and "@" in email.strip()[1:-1] else None
    return Claims(uid=None if uid is None else str(uid), email=address)


def traits_of(person: dict[str, Any]) -> dict[str, Any]:
    """What the token says of the person, under our names; nested and unknown parts are left to userProperties."""
    names = {"firstName": "first_name", "lastName": "last_name", "name": "name", "email": "email", "phone": "phone", "dob": "dob"}
    said = {ours: person[theirs] for theirs, ours in names.items() if isinstance(person.get(theirs), str) and person[theirs]}
    uid = claims_of(person).uid
    return {**said, "uid": uid} if uid else said
