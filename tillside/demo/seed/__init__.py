"""Some weeks of believable history, the same for the same moment: sent to the desk over HTTP as a shop's first synchronisation,
and written into the shop's own store, so that the back office knows the same orders.
"""

import asyncio
import hashlib
from http import HTTPStatus
from random import Random
from typing import Any

import httpx
from msgspec import Struct

from tillside.demo import identity, wire
from tillside.demo.orders import Order
from tillside.demo.people import Person
from tillside.demo.seed import history, oddities, visits
from tillside.demo.seed.said import Said
from tillside.demo.statements import Event
from tillside.demo.store import Store

TRIES = 8


class Seed(Struct, frozen=True):
    """`orders` as they stand now, oldest first; `said` is everything the desk shall hear, in the order it happened."""

    people: tuple[Person, ...]
    orders: tuple[Order, ...]
    said: tuple[Said, ...]


class Sent(Struct, frozen=True):
    """What became of the seed: how many events in how many batches, and how many the desk refused (a few are meant to be)."""

    batches: int
    events: int
    refused: int


def generate(now_ms: int, *, key: str, shop_url: str) -> Seed:
    """The same moment, key and address give the same seed, to the byte.

    >>> seed = generate(1_795_427_040_000, key="fernfold10", shop_url="http://127.0.0.1:8081")
    """
    chance = Random(20261123)  # noqa: S311  # a story that can be told again, nothing secret
    people = history.people(chance)
    lives = history.lives(chance, people, now_ms)
    said = [
        *history.statements_of(lives, chance, key=key, shop_url=shop_url),
        *visits.before_orders(lives, chance, now_ms, key=key, shop_url=shop_url),
        *visits.of_strangers(chance, now_ms, key=key, shop_url=shop_url),
        *oddities.all_of(people, chance, now_ms, key=key),
    ]
    said.sort(key=lambda one: (one.at, str(one.event.get("eventId"))))
    return Seed(tuple(people), tuple(life[-1] for life in lives), tuple(said))


def batches(seed: Seed, key: str, secret: str) -> list[dict[str, str]]:
    """Bodies for ``POST /v2/bt``, at most 25 events each. What the shop's server says is signed, what browsers said is not."""
    bodies: list[dict[str, str]] = []
    waiting: dict[bool, list[Event]] = {True: [], False: []}
    for said in seed.said:
        pile = waiting[said.is_signed]
        pile.append(_with_token(said, secret))
        if len(pile) == wire.BATCH:
            bodies.append(wire.sealed_batch(pile, key, secret if said.is_signed else None))
            waiting[said.is_signed] = []
    for is_signed, pile in waiting.items():
        if pile:
            bodies.append(wire.sealed_batch(pile, key, secret if is_signed else None))
    return bodies


async def send(seed: Seed, desk_url: str, key: str, secret: str) -> Sent:
    """Sends every batch in turn and waits where the desk asks for it. A batch refused as a whole raises httpx.HTTPStatusError."""
    bodies = batches(seed, key, secret)
    refused = 0
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        for body in bodies:
            answer = await _post(client, f"{desk_url}/v2/bt", body)
            refused += sum(1 for result in _results(answer) if result.get("verdict") == "refused")
    return Sent(len(bodies), len(seed.said), refused)


def fill(store: Store, seed: Seed) -> None:
    """Gives the shop the same past: accounts of its cast and all its orders. Does nothing if it has orders already."""
    with store.transaction():
        if store.has_orders():
            return
        for person in seed.people:
            if person.uid:
                store.save_person(person)
        for order in seed.orders:
            store.save_order(order)


async def _post(client: httpx.AsyncClient, url: str, body: dict[str, str]) -> httpx.Response:
    for tried in range(1, TRIES + 1):
        answer = await client.post(url, json=body)
        is_busy = answer.status_code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
        if not is_busy or tried == TRIES:
            break
        await asyncio.sleep(min(5, int(answer.headers.get("retry-after", "1") or 1)))
    return answer.raise_for_status()


def _results(answer: httpx.Response) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = answer.json().get("results", [])
    return results


def _with_token(said: Said, secret: str) -> Event:
    """A signed-in browser sends its token along. Its start vector comes from the event id, so that the seed stays the same."""
    if said.signed_in is None:
        return said.event
    iv = hashlib.sha256(str(said.event["eventId"]).encode()).digest()[:16]
    return said.event | {"userToken": identity.encrypted_token(said.signed_in, secret, iv=iv)}


__all__ = ["Said", "Seed", "Sent", "batches", "fill", "generate", "send"]
