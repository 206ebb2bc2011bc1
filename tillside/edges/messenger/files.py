"""The messenger's own scripts and style, named by their content, and the empty page of the panel's frame."""

import gzip
from functools import cache
from html import escape
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tillside.base.errors import Unknown
from tillside.edges.messenger.call import Ask

FOLDER = Path(__file__).with_name("static")
_KINDS = {"js": "application/javascript", "css": "text/css; charset=utf-8"}
_FOR_EVER = "public, max-age=31536000, immutable"


class Manifest(msgspec.Struct, frozen=True):
    """`files`: what each is called in an address → its name in the folder is the key."""

    version: str
    files: dict[str, str]


@cache
def manifest() -> Manifest:
    return msgspec.json.decode(FOLDER.joinpath("manifest.json").read_bytes(), type=Manifest)


def address(name: str) -> str:
    """The path of a file of this build."""
    return f"/messenger/files/{manifest().files[name]}"


async def static(request: Request) -> Response:
    """``GET /messenger/files/{name}``: this build's files, for ever; another build's name is not answered."""
    wanted = request.path_params["name"]
    found = next((name for name, named in manifest().files.items() if named == wanted), None)
    if found is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    plain, packed = _bytes(found)
    wants = "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        "Cache-Control": _FOR_EVER,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
        **({"Content-Encoding": "gzip"} if wants else {}),
    }
    return Response(packed if wants else plain, media_type=_KINDS[found.rpartition(".")[2]], headers=headers)


async def frame(ask: Ask) -> Response:
    """``GET /messenger/{key}/frame``: the panel. Only pages of the connector's origins may hold it; it has no origin of its own."""
    if not ask.messenger.is_enabled:
        raise Unknown("This shop has no messenger.")
    ancestors = " ".join(ask.connector.origins) or "http: https:"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; form-action 'none'; "
        f"base-uri 'none'; frame-ancestors {ancestors}; "
        "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads"
    )
    title = escape(ask.messenger.name or ask.connector.name)
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="stylesheet" href="{address("panel.css")}"><script defer src="{address("panel.js")}"></script>'
        "</head><body></body></html>"
    )
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "Permissions-Policy": "geolocation=(), microphone=(), camera=()"}
    return Response(text, media_type="text/html", headers=headers)


@cache
def _bytes(name: str) -> tuple[bytes, bytes]:
    plain = FOLDER.joinpath(name).read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)
