"""The desk's own files: read once, style sheets joined into one, addressed by their content so that browsers may keep them for ever."""

import gzip
import mimetypes
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from tillside.base.errors import Unknown
from tillside.edges.http import answers

FOLDER = Path(__file__).with_name("static")
_IMPORT = re.compile(r'@import url\("(?P<file>[^"]+)"\)(?: layer\((?P<layer>[a-z]+)\))?;')
_INBOX = ("actions", "command", "composer", "desk", "keys", "list", "live", "macros", "mentions", "menus", "panes", "thread", "toasts", "verbs")
_SERVED = {
    "desk.css": "style/desk.css",
    "desk.js": "desk.js",
    "editor.js": "editor.js",
    "live.js": "live.js",
    "messenger.js": "messenger.js",
    "targets.js": "targets.js",
    "macros.js": "macros.js",
    "rules.js": "rules.js",
    "htmx.js": "vendor/htmx.min.js",
    "htmx-ext-sse.js": "vendor/htmx-ext-sse.min.js",
    "squire.js": "vendor/squire.min.js",
    "inbox.js": "inbox/inbox.js",
    **{f"inbox-{part}.js": f"inbox/inbox-{part}.js" for part in _INBOX},
    "icons.svg": "icons/icons.svg",
    "mark.svg": "mark.svg",
    "LICENSE-lucide.txt": "icons/LICENSE-lucide.txt",
}
_FOR_EVER = "public, max-age=31536000, immutable"


class File(Struct, frozen=True):
    """One served file, plain and packed."""

    kind: str
    plain: bytes
    packed: bytes


def url(name: str) -> str:
    """The address of a file in its present form."""
    return f"/static/{version()}/{name}"


@cache
def files() -> dict[str, File]:
    """Every served file by name."""
    return {name: _file(FOLDER / path) for name, path in _SERVED.items()}


@cache
def version() -> str:
    """Changes with any byte of any file."""
    digest = sha256()
    for name, file in sorted(files().items()):
        digest.update(name.encode() + b"\0" + file.plain)
    return digest.hexdigest()[:12]


async def serve(request: Request) -> Response:
    """``GET /static/{version}/{name}``. A file asked for by an older version is answered with the present one, not kept."""
    file = files().get(request.path_params["name"])
    if file is None:
        return answers.refusal(Unknown("There is no such file."))
    current = request.path_params["version"] == version()
    headers = {"Cache-Control": _FOR_EVER if current else "no-cache", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.kind)
    return Response(file.plain, headers=headers, media_type=file.kind)


def joined(path: Path) -> str:
    """A style sheet with its imports in their place, each inside its layer."""

    def inline(found: re.Match[str]) -> str:
        text = joined(path.parent / found["file"])
        return f"@layer {found['layer']} {{\n{text}}}\n" if found["layer"] else text

    return _IMPORT.sub(inline, path.read_text(encoding="utf-8"))


def _file(path: Path) -> File:
    plain = joined(path).encode() if path.suffix == ".css" else path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "text/plain"
    return File(kind, plain, gzip.compress(plain, mtime=0))
