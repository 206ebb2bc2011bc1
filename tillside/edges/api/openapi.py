"""`/v1/openapi.json`: the table of endpoints as an OpenAPI 3.1 document, for generators, testers and the reference page."""

import re
from collections.abc import Sequence
from inspect import cleandoc
from typing import Any

import msgspec

import tillside
from tillside.edges.api import documents, examples, happened
from tillside.edges.api.call import Endpoint, Parameter
from tillside.targets import hooks

_IN_PATH = re.compile(r"\{(\w+)(?::\w+)?\}")
_ERRORS = {
    400: "Something in the request is wrong; `error.field` names it.",
    401: "The key is missing or not valid.",
    403: "The key lacks the scope.",
    404: "There is nothing by that name.",
    409: "It contradicts what is stored, or the Idempotency-Key was used for another request.",
    413: "The body is too large.",
    429: "Too many requests; wait as Retry-After says.",
    503: "The desk is busy; nothing was stored; send again.",
}
_IDS = {
    "id": "An id. Ids of tickets may be sent raw or percent-encoded.",
    "kind": "email or phone",
    "said": "The key of a connector where something is written; a ticket's or an order's id where it is read.",
}


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The whole document but for `servers`: where a desk is reached only the desk knows."""
    kinds = [kind for one in endpoints for kind in (one.gives, one.takes) if kind not in (None, bytes)]
    kinds += [documents.ErrorAnswer, happened.Event]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schema_of = {repr(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    for told in components.values():
        told["description"] = cleandoc(told.get("description", ""))
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(_IN_PATH.sub(r"{\1}", one.path), {})[one.method.lower()] = _operation(one, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tillside REST",
            "version": tillside.__version__,
            "description": "Customers, orders and tickets of a desk. Every call carries a REST key in the header x-richpanel-key.",
        },
        "security": [{"key": []}],
        "paths": paths,
        "webhooks": {name: {"post": _told(name, words, schema_of)} for name, words in hooks.EVENTS},
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-richpanel-key"}},
        },
    }


def _operation(one: Endpoint, schema_of: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.does,
        "tags": [one.path.split("/")[2]],
        "parameters": [*map(_in_path, _IN_PATH.findall(one.path)), *map(_in_query, one.parameters), *_headers(one)],
        "responses": _responses(one, schema_of),
        "x-scope": one.scope,
        "x-official": one.official,
    }
    if one.takes is bytes:
        part = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
        said["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": part}}}
    elif one.takes is not None:
        said["requestBody"] = {"required": True, "content": _json(schema_of[repr(one.takes)], examples.BODIES.get(one.name))}
    return said


def _told(name: str, words: str, schema_of: dict[str, Any]) -> dict[str, Any]:
    """What a target that is told of an event receives: the very document `/v1/events` shows."""
    return {
        "summary": f"{words}.",
        "tags": ["webhooks"],
        "parameters": [{"in": "header", "required": True, "schema": {"type": "string"}, **header} for header in _SIGNED],
        "requestBody": {"required": True, "content": _json(schema_of[repr(happened.Event)], {**_TOLD_OF, "type": name})},
        "responses": {
            "2XX": {"description": "Taken. Any other answer, or none, is tried again; 400, 404 and 422 are not, 410 ends the subscription."}
        },
    }


_SIGNED = (
    {"name": "webhook-id", "description": "The delivery's id, the same at every try: take one only once."},
    {"name": "webhook-timestamp", "description": "When this try was signed, in seconds since 1970."},
    {"name": "webhook-signature", "description": "One or more of v1,BASE64: HMAC-SHA256 of id.timestamp.body under the webhook's secret."},
)
_TOLD_OF = {
    "cursor": 1204,
    "subject_id": "cnv_01kqj4tr5vb0m2x8zq6w3n9hdc",
    "ticket_id": "cnv_01kqj4tr5vb0m2x8zq6w3n9hdc",
    "at": "2026-05-01T08:00:00.000Z",
    "data": {"by": {"kind": "agent", "id": "agt_01kqj4tr5vb0m2x8zq6w3n9hdd", "name": "Mia Larsen"}},
}


def _responses(one: Endpoint, schema_of: dict[str, Any]) -> dict[str, Any]:
    error = _json(schema_of[repr(documents.ErrorAnswer)])
    fine = {"200": {"description": "Done.", "headers": _TOLD, "content": _json(schema_of[repr(one.gives)])}}
    failed = {str(status): {"description": words, "headers": _TOLD, "content": error} for status, words in _ERRORS.items()}
    for status, words in one.statuses.items():
        body = _json(schema_of[repr(one.gives)]) if status < 300 else error
        failed[str(status)] = {"description": words, "headers": _TOLD, "content": body}
    return {**fine, **failed}


_TOLD = {
    "X-RateLimit-Limit": {"description": "How much at once.", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "How much is left at this moment.", "schema": {"type": "integer"}},
    "X-Ignored-Fields": {"description": "What was sent and does nothing here, separated by commas.", "schema": {"type": "string"}},
}


def _in_path(name: str) -> dict[str, Any]:
    told = {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    return {**told, "description": _IDS[name]} if name in _IDS else told


def _in_query(one: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": one.type, **({"enum": list(one.words)} if one.words else {})}
    return {"name": one.name, "in": "query", "description": one.does, "schema": schema}


def _headers(one: Endpoint) -> list[dict[str, Any]]:
    if one.method == "GET":
        return []
    named = [
        {"name": "Idempotency-Key", "in": "header", "description": "A repeat under the same key gets the first answer and changes nothing."}
    ]
    if 412 in one.statuses:
        named.append({"name": "If-Match", "in": "header", "description": "The ETag of the ticket as you read it."})
    return [{**header, "schema": {"type": "string"}} for header in named]


def _json(schema: Any, example: Any = None) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **({} if example is None else {"example": example})}}
