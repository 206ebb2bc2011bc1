"""Attached files by their signed address: whoever holds it may read the file, nobody can guess it (safety rules, web)."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base.errors import DeskError, Unknown
from tillside.conversations import attachments
from tillside.edges.http import answers, desk
from tillside.edges.http.routes import Guarded

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}


def routes() -> list[Guarded]:
    return [Guarded("/files/{workspace_id:int}/{id}/{signature}/{name:path}", serve, allow=Act.PUBLIC)]


async def serve(request: Request) -> Response:
    """``GET /files/{workspace}/{id}/{signature}/{name}``: pictures to be shown, everything else only to be kept."""
    house, said = desk.of(request), request.path_params
    try:
        if not attachments.is_signed(house.vault.key("files"), said["workspace_id"], said["id"], said["signature"]):
            raise Unknown("There is no such file.")
        file = await attachments.by_id(house.store, said["workspace_id"], said["id"])
        content = await attachments.read(house.data, file)
    except DeskError as error:
        return answers.refusal(error)
    kind, way = (file.media_type, "inline") if file.is_picture else ("application/octet-stream", "attachment")
    return Response(content, headers={**HEADERS, "Content-Disposition": f"{way}; filename*=UTF-8''{quote(file.name)}"}, media_type=kind)
