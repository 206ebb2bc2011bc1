"""The shopper's side over HTTP: what loader, launcher and panel ask for (docs/messenger.md)."""

from tillside.agents.access import Act
from tillside.edges.http.routes import Guarded
from tillside.edges.messenger import files, looks, proving, sessions, stream, talks, uploads
from tillside.edges.messenger.call import mine, page

__all__ = ["routes"]

_ONE = "/messenger/api/conversations/{id}"
_UPLOAD = "/messenger/uploads/{workspace}/{id}/{signature}/{name:path}"


def routes() -> list[Guarded]:
    """Every route of the messenger. Those of the panel bring a visitor's token; each answers for that browser alone."""
    return [
        Guarded("/messenger/files/{name}", files.static, allow=Act.PUBLIC, methods=["GET", "HEAD"]),
        Guarded(_UPLOAD, uploads.give, allow=Act.PUBLIC, methods=["GET", "HEAD"]),
        mine("/messenger/api/state", talks.state),
        mine("/messenger/api/stream", stream.listen),
        mine("/messenger/api/conversations", talks.begin, methods=["POST"]),
        mine(_ONE, talks.thread),
        mine(_ONE + "/messages", talks.say, methods=["POST"]),
        mine(_ONE + "/typing", talks.typing, methods=["POST"]),
        mine(_ONE + "/seen", talks.seen, methods=["POST"]),
        mine(_ONE + "/rating", talks.rate, methods=["POST"]),
        mine("/messenger/api/person", talks.person, methods=["POST"]),
        mine("/messenger/api/uploads", uploads.take, methods=["POST"], reads_body=False),
        mine("/messenger/api/codes", proving.ask_for, methods=["POST"]),
        mine("/messenger/api/codes/answer", proving.submit, methods=["POST"]),
        mine("/messenger/api/end", sessions.end, methods=["POST"]),
        page("/messenger/{key}/settings", looks.settings),
        page("/messenger/{key}/frame", files.frame),
        page("/messenger/{key}/session", sessions.begin, methods=["POST"], opens=True),
        page("/tenant-messenger/messenger/new-config", looks.new_config, methods=["POST"]),
        page("/{key}.json", looks.old_settings),
    ]
