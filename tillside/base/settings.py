"""Every setting of the desk, once: this record feeds the environment, the command line's help and docs/settings.md."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from tillside.base.errors import Misconfigured

PREFIX = "TILLSIDE_"


class Settings(Struct, frozen=True, kw_only=True):
    """Read once at the start and passed on; nothing else looks into the environment."""

    data: Annotated[Path, Meta(description="Folder for the database files, the key file, attachments and spool")] = Path("data")
    database: Annotated[str, Meta(description="PostgreSQL URL; empty means SQLite files inside the data folder")] = ""
    host: Annotated[str, Meta(description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on; 0 takes any free one")] = 8080
    workers: Annotated[int, Meta(description="Server processes; more than one needs PostgreSQL")] = 1
    public_url: Annotated[str, Meta(description="Address people and shops reach the desk by, such as https://desk.shop.example")] = ""
    source_url: Annotated[
        str,
        Meta(
            description="Where the source code of this desk can be had, if you changed it; empty means the desk hands out its own files",
            pattern=r"^(https?://[^\s]+)?$",
        ),
    ] = ""
    trusted_proxies: Annotated[str, Meta(description="Networks (CIDR, comma separated) whose X-Forwarded-For is believed")] = ""
    projector: Annotated[
        Literal["auto", "inside", "process", "off"],
        Meta(
            description="Where accepted events are worked into customers and orders: inside the server, in a process of its own, or not"
            " here; auto means a process on SQLite, inside on PostgreSQL"
        ),
    ] = "auto"
    body_limit_bytes: Annotated[int, Meta(description="Largest request body, counted after decompression")] = 4 * 1024 * 1024
    attachment_limit_bytes: Annotated[int, Meta(description="Largest file that may be attached to a message")] = 20 * 1024 * 1024
    event_limit_bytes: Annotated[int, Meta(description="Largest single event")] = 256 * 1024
    batch_limit_events: Annotated[int, Meta(description="Most events in one batch")] = 500
    key_events_per_second: Annotated[int, Meta(description="Events one connector key may send each second; 0 means no limit")] = 50_000
    address_requests_per_second: Annotated[
        int,
        Meta(description="Unsigned intake requests one network address may send each second, loopback excepted; 0 means no limit"),
    ] = 100
    rest_requests_per_second: Annotated[int, Meta(description="REST requests one key may send each second; 0 means no limit")] = 200
    shopper_requests_per_second: Annotated[
        int, Meta(description="Messenger requests one browser, or one address without a token, may send each second; 0 means no limit")
    ] = 10
    file_limit_bytes: Annotated[int, Meta(description="Largest file a shopper or agent may add to a message")] = 10 * 1024 * 1024
    intake_queue_bytes: Annotated[int, Meta(description="Bytes waiting to be stored before intake answers 503")] = 64 * 1024 * 1024
    body_seconds: Annotated[int, Meta(description="Longest time a request body may take to arrive, in seconds")] = 15
    refused_days: Annotated[int, Meta(description="Days a refused body is kept for the event inspector")] = 30
    refused_bytes: Annotated[int, Meta(description="Bytes of refused bodies kept; the oldest go first")] = 256 * 1024 * 1024
    log_days: Annotated[int, Meta(description="Days accepted events are kept in the log; 0 means for ever")] = 0
    session_idle_hours: Annotated[int, Meta(description="Hours without a click after which an agent is signed out")] = 8
    session_hours: Annotated[int, Meta(description="Hours after which an agent signs in again in any case")] = 24
    smtp_host: Annotated[str, Meta(description="Mail server that takes the desk's letters; empty means none leave")] = ""
    smtp_port: Annotated[int, Meta(description="Its port; 0 means 587 with starttls, 465 with tls, 25 with none", ge=0, le=65535)] = 0
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"], Meta(description="How the connection to it is secured; none is for a server on this machine")
    ] = "starttls"
    smtp_user: Annotated[str, Meta(description="Whom the desk signs in to it as; empty means without signing in")] = ""
    smtp_password: Annotated[str, Meta(description="The password for that; better as a variable than as an option, which others can see")] = ""
    smtp_sender: Annotated[str, Meta(description="Address letters come from, such as help@shop.example; needed with smtp_host")] = ""
    smtp_seconds: Annotated[float, Meta(description="Longest wait for each answer of the mail server, in seconds", gt=0)] = 30.0
    outbound_allow: Annotated[
        str, Meta(description="Networks (CIDR, comma separated) that HTTP targets may reach although they are not on the open internet")
    ] = ""
    outbound_ports: Annotated[str, Meta(description="Ports HTTP targets may call besides 80, 443, 8080 and 8443, comma separated")] = ""
    read_wait_seconds: Annotated[
        float, Meta(description="Longest wait of a REST write for its own effect before it answers 202, in seconds")
    ] = 5.0


class Setting(Struct, frozen=True):
    """One row of the table: `default` as people would type it."""

    name: str
    kind: str
    default: str
    help: str

    @property
    def env(self) -> str:
        return PREFIX + self.name.upper()

    @property
    def option(self) -> str:
        return "--" + self.name.replace("_", "-")


def load(environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from the environment, overridden by what the command line gave (None means not given).

    Raises Misconfigured with the name of the variable and the reason.
    """
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {setting.name: source[setting.env] for setting in SETTINGS if source.get(setting.env)}
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"A setting is wrong: {error}. The settings are listed in docs/settings.md.") from error


def _path(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)


def _table() -> tuple[Setting, ...]:
    hints = get_type_hints(Settings, include_extras=True)
    defaults = Settings()
    rows = []
    for name in Settings.__struct_fields__:
        kind, meta = get_args(hints[name])
        word = " | ".join(get_args(kind)) if get_origin(kind) is Literal else kind.__name__.lower()
        rows.append(Setting(name, word, str(getattr(defaults, name)), meta.description))
    return tuple(rows)


SETTINGS = _table()
