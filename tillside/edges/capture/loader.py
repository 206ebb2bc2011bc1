"""The loader: the tracker script under every address existing snippets ask for (contract 1.1). It never answers an error page."""

import gzip
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tillside.agents.access import Act
from tillside.connectors import snippet
from tillside.edges.http import desk
from tillside.edges.http.routes import Guarded

FOLDER = Path(__file__).with_name("static")
_SHORT = "public, max-age=300"
_FOR_EVER = "public, max-age=31536000, immutable"


def routes() -> list[BaseRoute]:
    """The loader with a key in its path, without one, and under the build's own name for pages that demand its hash."""
    keyless = ("/js/tracking.js", "/js/richpanel-root.js", "/js/richpanel_shopify_script.js")
    return [
        Guarded("/v2/j/{key:path}", by_key, allow=Act.PUBLIC, methods=["GET", "HEAD"]),
        *(Guarded(path, without_key, allow=Act.PUBLIC, methods=["GET", "HEAD"]) for path in keyless),
        Guarded("/js/{name}", by_version, allow=Act.PUBLIC, methods=["GET", "HEAD"]),
    ]


async def by_key(request: Request) -> Response:
    """The tracker; for a key nobody has, methods that do nothing, so that the shop's page goes on."""
    known = await desk.of(request).directory.find(request.path_params["key"])
    return _script(request, "tracker.js" if known else "quiet.js", _SHORT)


async def without_key(request: Request) -> Response:
    """The tracker for pages that name their key elsewhere."""
    return _script(request, "tracker.js", _SHORT)


async def by_version(request: Request) -> Response:
    """The present build, or one released before, under its own name for ever: pages demand the hash of just these bytes.

    Under a name nobody knows other bytes could not match the page's hash, so there are methods that do nothing.
    """
    kept = builds().get(request.path_params["name"])
    return _script(request, kept, _FOR_EVER) if kept else _script(request, "quiet.js", "no-store")


@cache
def builds() -> dict[str, str]:
    """Versioned name → the file of that build. A new version's build leaves the one before in `released`."""
    released = {path.name: f"released/{path.name}" for path in FOLDER.joinpath("released").glob("tillside-*.js")}
    return {**released, snippet.manifest().file: "tracker.js"}


@cache
def _bytes(name: str) -> tuple[bytes, bytes]:
    plain = FOLDER.joinpath(name).read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)


def _script(request: Request, name: str, caching: str) -> Response:
    plain, packed = _bytes(name)
    wants = "gzip" in request.headers.get("accept-encoding", "")
    headers = {
        "Cache-Control": caching,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
        **({"Content-Encoding": "gzip"} if wants else {}),
    }
    return Response(packed if wants else plain, media_type="application/javascript", headers=headers)
