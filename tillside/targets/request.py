"""A target's templates filled: the request as it will be sent, but for secrets, signature and whoever signs in. Pure; no I/O."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from tillside.base import template
from tillside.base.template import Kind
from tillside.targets.shape import Content, Shape

_PARTS = re.compile(r"(\{\{.*?\}\})", re.DOTALL)
_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded", "xml": "application/xml; charset=utf-8"}
KINDS: dict[Content, Kind] = {"json": "json", "form": "form", "xml": "xml", "none": "none"}


class Request(Struct, frozen=True):
    """`headers` without secrets, in the order they are sent."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: str


def of(target: Shape, values: Mapping[str, Any]) -> Request:
    """The request of these values: ``of(target, values).url`` → ``https://cart.example/orders/4711?reason=late``."""
    address = template.fill(url(target), values, "url")
    headers = [(one.name, template.fill(one.value, values, "header")) for one in target.headers if not one.is_secret]
    return typed(target, target.method, address, headers, _body(target, values))


def url(target: Shape) -> str:
    """The template of the whole address: the query's lines stand behind what the address has already."""
    query = "&".join([f"{quote(one.name.strip(), safe='')}={_quoted(one.value.strip())}" for one in target.query])
    return target.url.strip() + (("&" if "?" in target.url else "?") + query if query else "")


def typed(target: Shape, method: str, url: str, headers: list[tuple[str, str]], body: str) -> Request:
    """With the content type of the target, unless a header of its own says another."""
    if body and target.content in _TYPES and not any(name.lower() == "content-type" for name, _ in headers):
        headers = [("content-type", _TYPES[target.content]), *headers]
    return Request(method, url, headers, body)


def form(body: str) -> str:
    """A form's template, one ``name=template`` a line, as the one line it is sent as."""
    return "&".join([line.strip().strip("&") for line in body.splitlines() if line.strip(" &")])


def _quoted(text: str) -> str:
    """What stands around the placeholders of a query value, as it has to be written in an address."""
    return "".join([part if part.startswith("{{") else quote(part, safe="") for part in _PARTS.split(text)])


def _body(target: Shape, values: Mapping[str, Any]) -> str:
    if target.content == "none" or target.method == "GET":
        return ""
    return template.fill(form(target.body) if target.content == "form" else target.body, values, KINDS[target.content])
