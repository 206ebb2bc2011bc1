"""`/v1/targets` and `/v1/webhooks`: the HTTP targets of a desk, and targets that are told of events. Not in the contract."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from tillside.agents import actor
from tillside.base import stamps
from tillside.base.errors import Refused, Unknown
from tillside.edges.api import asked, documents, paging
from tillside.edges.api.call import Answer, Call, Endpoint
from tillside.edges.api.shapes import time
from tillside.targets import figures, health, replay, target
from tillside.targets.figures import Figures
from tillside.targets.shape import Header
from tillside.targets.target import Draft, Target

_MOST_NAMES = 50


class Health(Struct):
    """Of the last 24 hours: calls that were taken, `first_try` of them at once, calls that were given up. Now: how many wait;
    `is_held_back`: most calls failed, so only one goes out now and then; `credentials_refused`: five answers in a row were 401 or 403."""

    taken: int
    first_try: int
    given_up: int
    waiting: int
    is_held_back: bool
    credentials_refused: bool


class HttpTarget(Struct):
    """An HTTP target as it is set up; of its secrets nothing. `state`: on, off, or disabled by the desk itself, for `reason`."""

    id: str
    name: str
    method: str
    url: str
    content: str
    state: str
    reason: str
    events: list[str]
    is_signed: bool
    tries: str
    created_at: str
    updated_at: str
    health: Health


class TargetList(Struct):
    targets: list[HttpTarget]


class TargetAnswer(Struct):
    target: HttpTarget


class ReplayAsked(Struct):
    """`since` and `until`: ISO times or dates, both inclusive; `until` now if left out. `states`: dead and failed if left out, also
    cancelled and done. `dry_run` only counts."""

    since: str
    until: str | None = None
    states: list[Literal["dead", "failed", "cancelled", "done"]] | None = None
    dry_run: bool | None = None


class Replayed(Struct):
    """How many deliveries go out again, in their order, under their ids; or with `dry_run` would."""

    count: int
    dry_run: bool


class WebhookAsked(Struct):
    """Where to send which events, such as ``ticket.closed``, ``ticket.*`` or ``*``. Header values are secret from then on."""

    url: str
    events: list[str]
    name: str | None = None
    headers: dict[str, str] | None = None


class Webhook(Struct, omit_defaults=True):
    """`secret`: signs every delivery as Standard Webhooks says; told once, in the answer that made it."""

    id: str
    name: str
    url: str
    events: list[str]
    state: str
    created_at: str
    secret: str = ""


class WebhookAnswer(Struct):
    webhook: Webhook


class WebhookList(Struct):
    webhooks: list[Webhook]


def endpoints() -> list[Endpoint]:
    def one(method: Any, path: str, verb: Any, name: str, does: str, gives: Any, **more: Any) -> Endpoint:
        scope = "targets:read" if method == "GET" else more.pop("scope", "targets:write")
        return Endpoint(method=method, path=path, verb=verb, name=name, does=does, gives=gives, scope=scope, official=False, **more)

    replays = "Send the deliveries of a stretch of time again, in order, under their ids."
    return [
        one("GET", "/v1/targets", index, "listTargets", "The HTTP targets, by name, with how they fare.", TargetList),
        one("GET", "/v1/targets/{id}", show, "fetchATarget", "One HTTP target.", TargetAnswer),
        one("POST", "/v1/targets/{id}/replay", again, "replayDeliveries", replays, Replayed, takes=ReplayAsked, scope="deliveries:write"),
        one("GET", "/v1/webhooks", hooks_of, "listWebhooks", "The targets that are told of events.", WebhookList),
        one(
            "POST",
            "/v1/webhooks",
            subscribe,
            "createAWebhook",
            "Be told of events. The secret is answered once.",
            WebhookAnswer,
            takes=WebhookAsked,
        ),
        one(
            "DELETE", "/v1/webhooks/{id}", unsubscribe, "removeAWebhook", "Be told no more; what was sent stays in the log.", documents.Message
        ),
    ]


async def index(call: Call) -> Answer:
    """``GET /v1/targets`` → ``{"targets": […]}``."""
    store, w = call.desk.store, call.workspace_id
    every = await target.every(store, w)
    found = await figures.of_targets(store, w, [one.id for one in every], at=stamps.now()) if every else {}
    now = await figures.now_of(store, w)
    seen = await health.every(store, w)
    return Answer(TargetList([_target(one, found[one.id], now.get(one.id, (0, 0))[0], seen) for one in every]))


async def show(call: Call) -> Answer:
    one = await target.by_id(call.desk.store, call.workspace_id, call.path["id"])
    found = await figures.of_target(call.desk.store, one.workspace_id, one.id, at=stamps.now())
    seen = await health.every(call.desk.store, one.workspace_id)
    return Answer(TargetAnswer(_target(one, found, found.waiting, seen)))


async def again(call: Call) -> Answer:
    """``POST /v1/targets/{id}/replay`` with ``{"since", "until", "states", "dry_run"}`` → ``{"count", "dry_run"}``."""
    one = await target.by_id(call.desk.store, call.workspace_id, call.path["id"])
    said = asked.taken(call, call.body, ReplayAsked)
    since = paging.moment(said.since, "since")
    until = paging.moment(said.until, "until", ends_day=True) if said.until else stamps.now()
    states = tuple(said.states) if said.states else replay.USUAL
    if said.dry_run:
        count = await replay.count(call.desk.store, one, since=since, until=until, states=states)
        return Answer(Replayed(count, True))
    async with call.write() as tx:
        count = await replay.replay(tx, one, since=since, until=until, states=states, by=actor.of_key(call.key))
    return Answer(Replayed(count, False))


async def hooks_of(call: Call) -> Answer:
    """``GET /v1/webhooks`` → ``{"webhooks": […]}``."""
    return Answer(WebhookList([_webhook(one) for one in await target.every(call.desk.store, call.workspace_id) if one.events]))


async def subscribe(call: Call) -> Answer:
    """``POST /v1/webhooks`` with ``{"url", "events", "name", "headers"}`` → ``{"webhook": {…, "secret"}}``; a repeat has no secret."""
    said = asked.taken(call, call.inside("webhook"), WebhookAsked, "webhook")
    if not said.events:
        raise Refused("A webhook needs events.", field="webhook.events", hint='Send ["ticket.closed"], or ["*"] for everything.')
    headers = [Header(name, value, is_secret=True) for name, value in (said.headers or {}).items()]
    name = said.name or await _free_name(call, said.url)
    draft = Draft(name=name, method="POST", url=said.url, headers=headers, content="json", signs=True, events=said.events)
    async with call.write() as tx:
        saved = await target.add(tx, call.desk.vault, call.workspace_id, draft, check_url=call.desk.outbound.check_url)
    made = _webhook(saved.target)
    return Answer(WebhookAnswer(msgspec.structs.replace(made, secret=saved.signing_secret)), repeated=WebhookAnswer(made))


async def unsubscribe(call: Call) -> Answer:
    """``DELETE /v1/webhooks/{id}`` → ``{"message"}``; 404 for a target that is told of nothing."""
    one = await target.by_id(call.desk.store, call.workspace_id, call.path["id"])
    if not one.events:
        raise Unknown("There is no such webhook.")
    async with call.write() as tx:
        await target.remove(tx, one)
    return Answer(documents.Message("The webhook is gone."))


async def _free_name(call: Call, url: str) -> str:
    """The host, with a number where it is taken."""
    host = (urlsplit(url).hostname or "webhook")[:60]
    taken = {one.name.casefold() for one in await target.every(call.desk.store, call.workspace_id)}
    names = [host, *(f"{host} {number}" for number in range(2, _MOST_NAMES))]
    return next((name for name in names if name.casefold() not in taken), f"{host} {stamps.token()[:8]}")


def _target(one: Target, found: Figures, waiting: int, seen: Mapping[str, health.Health]) -> HttpTarget:
    how = seen.get(one.id, health.Health())
    return HttpTarget(
        one.id,
        one.name,
        one.method,
        one.url,
        one.content,
        one.state,
        one.reason,
        one.events,
        one.signs,
        one.tries,
        time(one.created_at),
        time(one.updated_at),
        Health(found.done, found.first, found.dead, waiting, how.is_open, how.is_refused),
    )


def _webhook(one: Target) -> Webhook:
    return Webhook(one.id, one.name, one.url, one.events, one.state, time(one.created_at))
