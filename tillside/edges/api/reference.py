"""The description of REST: as a document for programs, as a page for people. Neither holds anything of a workspace, so neither asks a key."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.edges.api import openapi
from tillside.edges.api.call import Endpoint
from tillside.edges.http import desk
from tillside.edges.http.desk import Desk
from tillside.edges.http.routes import Guarded

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_PAGES = Environment(loader=PackageLoader("tillside.edges.api"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)


def routes(endpoints: Sequence[Endpoint]) -> list[Guarded]:
    @cache
    def whole() -> dict[str, Any]:
        return openapi.document(endpoints)

    def told_by(house: Desk) -> dict[str, Any]:
        return {**whole(), "servers": [{"url": house.public_url}]}

    async def document(request: Request) -> Response:
        """``GET /v1/openapi.json``: OpenAPI 3.1."""
        told = told_by(desk.of(request))
        return Response(msgspec.json.encode(told), headers={"Access-Control-Allow-Origin": "*"}, media_type="application/json")

    async def page(request: Request) -> Response:
        """``GET /v1/reference``: the same, to be read. Everything it needs comes from here."""
        told = told_by(desk.of(request))
        text = _PAGES.get_template("reference.html").render(
            told=told, groups=_groups(told), fields=lambda schema: _fields(told, schema), told_as=_printed
        )
        return Response(text, headers=_HEADERS, media_type="text/html")

    async def style(request: Request) -> Response:
        sheet = files("tillside.edges.api").joinpath("templates", "reference.css").read_text(encoding="utf-8")
        return Response(sheet, headers={**_HEADERS, "Cache-Control": "no-cache"}, media_type="text/css")

    return [
        Guarded("/v1/openapi.json", document, allow=Act.PUBLIC),
        Guarded("/v1/reference", page, allow=Act.PUBLIC),
        Guarded("/v1/reference.css", style, allow=Act.PUBLIC),
    ]


def _printed(example: Any) -> str:
    """A body as people read it."""
    return msgspec.json.format(msgspec.json.encode(example), indent=2).decode()


def _groups(told: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by their first word, in the order of the table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append({"method": method.upper(), "path": path, **operation})
    return found


def _fields(told: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> list[dict[str, str]]:
    """The fields of a shape as lines: path, type, whether it must be there."""
    whole = _resolved(told, schema)
    lines: list[dict[str, str]] = []
    for name, part in whole.get("properties", {}).items():
        inner = _resolved(told, part)
        shown = inner.get("items", inner) if inner.get("type") == "array" else inner
        lines.append(
            {"name": f"{'    ' * depth}{name}", "type": _type(told, part), "must": "yes" if name in whole.get("required", ()) else "no"}
        )
        if depth < 2:
            lines += _fields(told, shown, depth + 1)
    return lines


def _resolved(told: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A shape without the detour over its name; of several, the one with fields."""
    if "$ref" in schema:
        return _resolved(told, told["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    options = [_resolved(told, one) for one in schema.get("anyOf", ())]
    return next((one for one in options if "properties" in one), options[0]) if options else schema


def _type(told: dict[str, Any], schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(told, one) for one in schema["anyOf"]))
    whole = _resolved(told, schema)
    if "enum" in whole:
        return " | ".join(str(word) for word in whole["enum"])
    if whole.get("type") == "array":
        return f"list of {_type(told, whole.get('items', {}))}"
    said = whole.get("type", "anything")
    return " or ".join(said) if isinstance(said, list) else str(said)
