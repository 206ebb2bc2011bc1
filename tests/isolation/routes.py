"""The house's own table of routes as cases, and what each of them can be given. What the table here does not know fails a test by name."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from starlette.routing import Route

import tillside.edges.agent
from tests.isolation.world import PASSWORD
from tillside import app
from tillside.agents.access import Act
from tillside.edges import api
from tillside.edges.http.routes import Guarded

Ids = dict[str, str]


class Case(Struct, frozen=True):
    """One method of one route. `kind`: who it is for."""

    method: str
    path: str
    kind: str
    allow: Act
    scope: str = ""

    @property
    def id(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_stream(self) -> bool:
        return self.path.endswith("/stream")


def cases() -> list[Case]:
    scopes: dict[tuple[str, str], str] = {(one.method, one.path): one.scope for one in api.endpoints()}
    found = []
    for route in app.routes():
        assert isinstance(route, Guarded)
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            scope = scopes.get((method, route.path), "")
            found.append(Case(method, route.path, kind_of(route, scope), route.allow, scope))
    return found


def kind_of(route: Route, scope: str) -> str:
    if scope:
        return "rest"
    if route.path.startswith("/messenger/api/"):
        return "shopper"
    return "agent" if isinstance(route, Guarded) and route.allow is not Act.PUBLIC else "public"


SHOP = {"signatures": "verify", "history_trust": "1", "currency": "EUR", "region": "NO"}
MESSENGER = {
    "is_enabled": "on",
    "colour": "#2f5a3f",
    "answer_minutes": "10",
    "who": "everybody",
    "mode": "hide",
    "side": "start",
    "badge": "icon",
    "delay_seconds": "2",
    "side_spacing": "16",
    "bottom_spacing": "24",
    "name": "Control",
    "label": "Help",
    "pages": "/cart",
    "presence": "always",
}
TARGET = {"method": "POST", "content": "json", "body": "{}", "timeout_seconds": "5", "concurrency": "1", "card_seconds": "300"}
WEEK = {"presence": "hours", "Monday-start": "09:00", "Monday-end": "17:00", "free": "2026-12-25"}


def _steps(ids: Ids) -> dict[str, str]:
    """A macro that names a row of every kind a step can."""
    named = {"team": ("team_id", "team"), "macro": ("macro_id", "macro"), "assign": ("agent_id", "agent"), "field": ("key", "field_key")}
    rows = [{"do": do, name: ids[key]} for do, (name, key) in named.items()]
    return {"scope": ids["team"]} | {f"step.{place}.{name}": value for place, row in enumerate(rows) for name, value in row.items()}


def sentence(ids: Ids) -> dict[str, str]:
    """A rule as its form says it, with a row of every kind a step can name."""
    return {
        "list": "tagging",
        "name": f"New rule {ids['number']}",
        "rule": ids["rule"],
        "version": "1",
        "act": "unseen",
        "when-0-kind": "customer_wrote",
        "do-0-kind": "tag",
        "do-0-tags": ids["tag"],
        "do-1-kind": "team",
        "do-1-team": ids["team"],
        "do-2-kind": "assign",
        "do-2-agent": ids["agent"],
        "do-3-kind": "field",
        "do-3-key": ids["field_key"],
        "do-3-value": "Filled",
    }


COMMENT = {"body": "Hi", "sender_type": "operator"}
GIVEN: dict[str, Callable[[Ids], Any]] = {
    "POST /v1/tickets": lambda ids: {
        "ticket": {"comment": {"body": "Hi"}, "assignee_id": ids["agent"], "team_id": ids["team"], "tags": [ids["tag"]]}
    },
    "PUT /v1/tickets/{id:path}/send-message": lambda ids: {"body": "Hi", "author_id": ids["agent"]},
    "PUT /v1/tickets/{id:path}/add-tags": lambda ids: {"tags": [ids["tag"]]},
    "PUT /v1/tickets/{id:path}/remove-tags": lambda ids: {"tags": [ids["tag"]]},
    "PUT /v1/tickets/{id:path}/attach-order/{app_client_id}/{order_id:path}": lambda ids: {},
    "POST /v1/tickets/{id:path}/comments": lambda ids: {"comment": COMMENT},
    "POST /v1/tickets/{id:path}/comments/{comment_id:path}/delivery": lambda ids: {},
    "DELETE /v1/tickets/{id:path}/comments/{comment_id:path}": lambda ids: {},
    "POST /v1/tickets/{id:path}/messages": lambda ids: {"comment": COMMENT},
    "DELETE /v1/tickets/{id:path}/messages/{comment_id:path}": lambda ids: {},
    "PUT /v1/tickets/{id:path}": lambda ids: {"ticket": {"assignee_id": ids["agent"], "team_id": ids["team"], "tags": [ids["tag"]]}},
    "POST /v1/customers": lambda ids: {"customer": {"uid": "control", "email": ids["email"].replace("vera", "new")}},
    "POST /v1/order/{said}": lambda ids: {"orders": [{"event": "order", "properties": {"orderId": "again"}}]},
    "POST /v1/subscription/{app_client_id}": lambda ids: {"subscriptions": [{"event": "subscription", "properties": {"subscriptionId": "s"}}]},
    "POST /v1/tags": lambda ids: {"name": "Brand new"},
    "POST /v1/file/upload": lambda ids: {"files": {"file": ("a.txt", b"plain", "text/plain")}},
    "POST /v1/reports/query": lambda ids: {
        "startDate": "2020-01-01",
        "endDate": "2020-02-01",
        "metrics": ["new_conversations"],
        "filters": [{"field": "agent", "operator": "any_of", "value": [ids["agent"]]}],
    },
    "POST /messenger/api/conversations": lambda ids: {"id": "control1", "text": "Hi", "files": [ids["file"]]},
    "POST /messenger/api/conversations/{id}/messages": lambda ids: {"id": "control2", "text": "Hi", "files": [ids["file"]]},
    "POST /messenger/api/conversations/{id}/typing": lambda ids: {},
    "POST /messenger/api/conversations/{id}/seen": lambda ids: {"message": ids["answered"]},
    "POST /messenger/api/conversations/{id}/rating": lambda ids: {"score": 5, "comment": "Good"},
    "POST /messenger/api/person": lambda ids: {"email": "typed@control.example", "name": "Vera"},
    "POST /messenger/api/uploads": lambda ids: {"content": b"plain"},
    "POST /messenger/api/codes": lambda ids: {"email": ids["email"]},
    "POST /messenger/api/codes/answer": lambda ids: {"email": ids["email"], "code": "000000"},
    "POST /messenger/api/end": lambda ids: {},
    "POST /messenger/{key}/session": lambda ids: {"did": "device-x"},
    "POST /tenant-messenger/messenger/new-config": lambda ids: {"appClientId": ids["api_key"]},
    "POST /sign-out": lambda ids: {},
    "POST /sign-in": lambda ids: {"email": "nobody@control.example", "password": "x"},
    "POST /setup": lambda ids: {},
    "POST /setup/you": lambda ids: {},
    "POST /setup/shop": lambda ids: {"name": "one-more.example"},
    "POST /conversations": lambda ids: {"email": "vera@control.example", "subject": "Hi", "text": "Hi"},
    "POST /conversations/{conversation_id}/messages": lambda ids: {
        "mode": "note",
        "text": "Hi",
        "attachment": ids["laid"],
        "macro": ids["macro"],
    },
    "POST /conversations/{conversation_id}/messages/{message_id}/cancellation": lambda ids: {},
    "POST /conversations/{conversation_id}/draft": lambda ids: {"mode": "reply", "html": "Hi"},
    "POST /conversations/{conversation_id}/files": lambda ids: {"files": {"file": ("a.txt", b"plain", "text/plain")}},
    "POST /attachments/{attachment_id}/removal": lambda ids: {},
    "POST /changes/undoing": lambda ids: {"change": ids["step"]},
    "POST /conversations/{conversation_id}/assignee": lambda ids: {"agent_id": ids["agent"]},
    "POST /conversations/{conversation_id}/team": lambda ids: {"team_id": ids["team"]},
    "POST /conversations/{conversation_id}/priority": lambda ids: {"priority": "1"},
    "POST /conversations/{conversation_id}/closure": lambda ids: {},
    "POST /conversations/{conversation_id}/codes": lambda ids: {"email": ids["email"]},
    "POST /conversations/{conversation_id}/opening": lambda ids: {},
    "POST /conversations/{conversation_id}/snoozing": lambda ids: {"until": "reply"},
    "POST /conversations/{conversation_id}/trash": lambda ids: {},
    "POST /conversations/{conversation_id}/subject": lambda ids: {"subject": "Hi"},
    "POST /conversations/{conversation_id}/tags": lambda ids: {"tag": "fresh"},
    "POST /conversations/{conversation_id}/tags/{tag_id}/removal": lambda ids: {},
    "POST /conversations/{conversation_id}/orders": lambda ids: {"number": ids["order_number"]},
    "POST /conversations/{conversation_id}/orders/{order_id}/removal": lambda ids: {},
    "POST /conversations/{conversation_id}/fields": lambda ids: {f"field.{ids['field_key']}": "Filled"},
    "POST /conversations/{conversation_id}/followers": lambda ids: {"follow": "1"},
    "POST /conversations/{conversation_id}/merges": lambda ids: {"id": ids["other"]},
    "POST /conversations/{conversation_id}/splits": lambda ids: {"message": ids["again"], "subject": "Hi"},
    "POST /bulk": lambda ids: {"act": "tag", "tag": "fresh", "id": ids["conversation"]},
    "POST /bulk/{job_id}/stop": lambda ids: {},
    "POST /bulk/{job_id}/undoing": lambda ids: {},
    "POST /conversations/{conversation_id}/steps": lambda ids: {"macro": ids["macro"]},
    "POST /conversations/{conversation_id}/macro": lambda ids: {"text": "Hi"},
    "POST /settings/macros": lambda ids: {"name": f"New {ids['macro']}", "text": "Hi", **_steps(ids)},
    "POST /settings/macros/import": lambda ids: {"files": {"file": ("m.csv", b"Name,Description\nBrought,Hi\n", "text/csv")}},
    "POST /settings/macros/{macro_id}": lambda ids: {"name": f"Other {ids['macro']}", "text": "Hi", "step.0.do": "close"},
    "POST /settings/macros/{macro_id}/removal": lambda ids: {},
    "POST /actions/{action_id}/runs": lambda ids: {
        "token": f"tok-{ids['action']}",
        "conversation": ids["conversation"],
        "order": ids["order"],
        "customer": ids["profile"],
        "input.amount": "1",
    },
    "POST /runs/{run_id}/retries": lambda ids: {},
    "POST /runs/{run_id}/approval": lambda ids: {},
    "POST /runs/{run_id}/decline": lambda ids: {"reason": "No"},
    "POST /settings/actions": lambda ids: {"name": f"New {ids['number']}", "icon": "zap", "subject": "order", "target_id": ids["shop_target"]},
    "POST /settings/actions/{action_id}": lambda ids: {
        "name": f"Other {ids['number']}",
        "icon": "zap",
        "subject": "order",
        "target_id": ids["shop_target"],
        "version": "1",
    },
    "POST /settings/actions/{action_id}/removal": lambda ids: {},
    "POST /v1/actions/{action_id}/runs": lambda ids: {
        "ticket_id": ids["conversation"],
        "order": ids["order_number"],
        "customer_id": ids["profile"],
        "input": {"amount": "1"},
    },
    "POST /v1/actions/runs/{run_id}/approval": lambda ids: {},
    "POST /v1/actions/runs/{run_id}/decline": lambda ids: {"reason": "No"},
    "POST /v1/actions/runs/{run_id}/retry": lambda ids: {},
    "POST /watching": lambda ids: {"conversation": ids["conversation"], "doing": "writing", "read": ids["known"]},
    "POST /typing": lambda ids: {"conversation": ids["conversation"], "is": "on"},
    "POST /availability": lambda ids: {"state": "available"},
    "POST /mentions/completion": lambda ids: {"conversation": ids["conversation"]},
    "POST /connections": lambda ids: {"name": f"shop {ids['number']}"},
    "POST /connections/{connector_id}": lambda ids: {"name": "control.example", **SHOP},
    "POST /connections/{connector_id}/secrets": lambda ids: {"state": "0"},
    "POST /connections/{connector_id}/token-secrets": lambda ids: {"state": "0"},
    "POST /connections/{connector_id}/messenger": lambda ids: MESSENGER,
    "POST /settings/appearance": lambda ids: {"theme": "dark"},
    "POST /settings/team": lambda ids: {"name": "New", "email": f"n{ids['number']}@control.example", "role": "agent", "password": PASSWORD},
    "POST /settings/team/{agent_id}/disablement": lambda ids: {},
    "POST /settings/team/{agent_id}/enablement": lambda ids: {},
    "POST /settings/team/{agent_id}/password": lambda ids: {},
    "POST /settings/keys": lambda ids: {"name": "New"},
    "POST /settings/keys/{key_id}/revocation": lambda ids: {},
    "POST /settings/teams": lambda ids: {"name": f"Crew {ids['number']}"},
    "POST /settings/teams/{team_id}/members": lambda ids: {"agent_id": ids["agent"], "is_in": "1"},
    "POST /settings/views": lambda ids: {"name": f"List {ids['number']}", "assignee": ids["agent"], "team": ids["team"], "tag": ids["tag"]},
    "POST /settings/views/{view_id}/removal": lambda ids: {},
    "POST /conversations/{conversation_id}/messages/{message_id}/delivery": lambda ids: {},
    "POST /rules": sentence,
    "POST /rules/drafts": sentence,
    "POST /rules/import": lambda ids: {"text": '{"format": "tillside-rules", "version": 1, "rules": []}'},
    "POST /rules/simulations": sentence,
    "POST /rules/{rule_id}": sentence,
    "POST /rules/{rule_id}/place": lambda ids: {"to": "1"},
    "POST /rules/{rule_id}/switch": lambda ids: {"live": "0"},
    "POST /rules/{rule_id}/copies": lambda ids: {},
    "POST /rules/{rule_id}/removal": lambda ids: {},
    "POST /settings/hours": lambda ids: WEEK,
    "POST /settings/assignment": lambda ids: {"method": "manual", "default_agent_id": ids["agent"], "default_team_id": ids["team"]},
    "POST /settings/fields": lambda ids: {"name": f"Slot {ids['number']}", "format": "text"},
    "POST /settings/fields/{field_id}/archiving": lambda ids: {"archived": "1"},
    "POST /settings/signature": lambda ids: {"signature": "Hi"},
    "POST /settings/password": lambda ids: {"current": PASSWORD, "new": PASSWORD + "9", "again": PASSWORD + "9"},
    "POST /customers/{profile_id}/merges": lambda ids: {"profile_id": ids["second_profile"]},
    "POST /customers/{profile_id}/separations": lambda ids: {"profile_id": ids["second_profile"]},
    "POST /customers/{profile_id}/acceptances": lambda ids: {},
    "POST /orders/{order_id}/acceptances": lambda ids: {},
    "POST /events/{event_id}/retries": lambda ids: {},
    "POST /targets": lambda ids: {"name": f"New {ids['number']}", "url": "https://cart.invalid/", **TARGET},
    "POST /targets/preview": lambda ids: {"name": "A look", "url": "https://cart.invalid/", "target": ids["target"], **TARGET},
    "POST /targets/trial": lambda ids: {"name": "A try", "url": "https://cart.invalid/", "number": ids["number"], **TARGET},
    "POST /targets/{target_id}": lambda ids: {"name": f"Other {ids['number']}", "url": "https://cart.invalid/", **TARGET},
    "POST /targets/{target_id}/enablement": lambda ids: {},
    "POST /targets/{target_id}/alerts/completion": lambda ids: {"back": "/targets"},
    "POST /targets/{target_id}/disablement": lambda ids: {},
    "POST /targets/{target_id}/signing-secrets": lambda ids: {"since": "0"},
    "POST /targets/{target_id}/removal": lambda ids: {},
    "POST /targets/{target_id}/tests": lambda ids: {"number": ids["number"]},
    "POST /targets/{target_id}/replays": lambda ids: {"since": "1", "until": "2", "which": "all"},
    "POST /deliveries/{call_id}/sending": lambda ids: {},
    "POST /deliveries/{call_id}/giving-up": lambda ids: {},
    "POST /conversations/{conversation_id}/targets/{target_id}": lambda ids: {},
    "POST /v1/targets/{id}/replay": lambda ids: {"since": "2020-01-01", "until": "2020-01-02"},
    "POST /v1/deliveries/{id}/resend": lambda ids: {},
    "POST /v1/webhooks": lambda ids: {"webhook": {"url": "https://cart.invalid/hooks", "events": ["ticket.closed"]}},
    "DELETE /v1/webhooks/{id}": lambda ids: {},
}
"""What a route that writes is given so that it succeeds for the owner. A new one must be written down here."""

QUERIES: dict[str, Callable[[Ids], str]] = {
    "view": lambda ids: ids["view"],
    "done": lambda ids: ids["step"],
    "order": lambda ids: ids["order"],
    "merged": lambda ids: "1",
    "email": lambda ids: ids["email"],
    "saved": lambda ids: "1",
    "late": lambda ids: "1",
    "show": lambda ids: "all",
    "q": lambda ids: "canary",
    "next": lambda ids: "/inbox",
    "kept": lambda ids: "1",
    "ids": lambda ids: ids["conversation"],
    "sort": lambda ids: "newest",
    "with": lambda ids: ids["conversation"],
    "before": lambda ids: f"{2**62}.{ids['order']}",
    "after": lambda ids: "0",
    "conversation": lambda ids: ids["conversation"],
    "message": lambda ids: ids["answered"],
    "macro": lambda ids: ids["macro"],
    "subject": lambda ids: "order",
    "back": lambda ids: f"/orders/{ids['order']}",
    "number": lambda ids: ids["order_number"],
    "colour": lambda ids: "#336699",
    "code": lambda ids: "x",
    "connector": lambda ids: ids["connector"],
    "event": lambda ids: ids["event"],
    "verdict": lambda ids: "refused",
    "customer": lambda ids: ids["profile"],
    "changed": lambda ids: "1",
    "state": lambda ids: "open",
    "page": lambda ids: "1",
    "per_page": lambda ids: "50",
    "status": lambda ids: "OPEN",
    "sortKey": lambda ids: "created_at",
    "sortOrder": lambda ids: "desc",
    "startDate": lambda ids: "2020-01-01",
    "endDate": lambda ids: "2099-01-01",
    "updated_at": lambda ids: "",
    "updated_after": lambda ids: "",
    "channel": lambda ids: ids["channel"],
    "assignee_id": lambda ids: ids["agent"],
    "team_id": lambda ids: ids["team"],
    "priority": lambda ids: "",
    "tagIds": lambda ids: ids["tag"],
    "appClientId": lambda ids: ids["api_key"],
    "show_visitor_profile": lambda ids: "true",
    "limit": lambda ids: "500",
    "name": lambda ids: "a.txt",
    "part": lambda ids: "",
    "tag": lambda ids: ids["tag"],
    "tags": lambda ids: ids["tag"],
    "in": lambda ids: "messages",
    "team": lambda ids: ids["team"],
    "rule": lambda ids: ids["rule"],
    "list": lambda ids: "tagging",
    "example": lambda ids: "damaged",
    "removed": lambda ids: "1",
    "assignee": lambda ids: ids["agent"],
    "cause": lambda ids: "hand",
    "call": lambda ids: ids["call"],
    "tab": lambda ids: "request",
    "open": lambda ids: f"{ids['call']}.seen",
    "seen": lambda ids: "",
    "base": lambda ids: "/deliveries",
    "since": lambda ids: "2020-01-01T00:00",
    "until": lambda ids: "2099-01-01T00:00",
    "which": lambda ids: "all",
    "target_id": lambda ids: ids["target"],
    "ticket_id": lambda ids: ids["conversation"],
    "answered": lambda ids: "0",
    "text": lambda ids: "canary",
    "cursor": lambda ids: "0",
}
"""A value for everything a query can name, of these rows."""
_ASKED = re.compile(r'(?:query_params|\bquery|\basked)(?:\.get(?:list)?\(|\[)"(\w+)"|keyset\.number\([^,]+, "(\w+)"\)')


def asked_in_source() -> set[str]:
    """Every name the edges read from a query, out of their own source; and those of the REST table."""
    folder = inspect.getfile(tillside.edges.agent).rpartition("/agent/")[0]
    from_source = {name for text in _sources(folder) for found in _ASKED.findall(text) for name in found if name}
    return from_source | {parameter.name for one in api.endpoints() for parameter in one.parameters}


def _sources(folder: str) -> list[str]:
    return [path.read_text(encoding="utf-8") for part in ("agent", "messenger") for path in Path(folder, part).glob("*.py")]
