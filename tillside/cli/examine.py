"""What the doctor looks at, one thing a function. Each answers findings in plain words; nothing is changed."""

import os
import shutil
import socket
import stat
from typing import Literal

from msgspec import Struct

from tillside import stores
from tillside.base import smtp, stamps
from tillside.base.errors import DeskError, Misconfigured
from tillside.base.settings import Settings
from tillside.base.vault import Vault
from tillside.cli import lock
from tillside.connectors import connector as connectors
from tillside.conversations import deliveries
from tillside.feeds import log
from tillside.projector import work
from tillside.search import rebuild
from tillside.storage import migrate
from tillside.storage.database import Database

_KEY = "secret.key"
_LEAST_FREE_BYTES = 512 * 1024 * 1024
_LAG_ENTRIES = 1_000
_CLOCK_SLACK = 5 * stamps.MINUTE


class Finding(Struct, frozen=True):
    """A warning is worth knowing; a problem has to be mended."""

    level: Literal["ok", "warning", "problem"]
    about: str
    words: str


def folder(settings: Settings) -> list[Finding]:
    """The data folder, the key file's permissions, the room on the disk, the public address."""
    data = settings.data
    if not data.is_dir():
        return [Finding("problem", "data folder", f"{data} does not exist. Name it with --data, or make a desk with tillside setup.")]
    if not settings.database and not (data / stores.DESK_FILE).exists():
        return [Finding("problem", "data folder", f"{data} holds no desk. Name its folder with --data, or its --database.")]
    served = "a desk serves it at this moment" if lock.is_served(data) else "no desk serves it at this moment"
    findings = [Finding("ok", "data folder", f"{data}; {served}.")]
    if (data / lock.UNFINISHED).exists():
        findings.append(Finding("problem", "restore", "A restore was interrupted. Run tillside restore again."))
    findings += [_key_file(settings), _room(settings)]
    if not settings.public_url:
        words = "Not set, so snippets name the address the desk listens on. Set TILLSIDE_PUBLIC_URL once shops reach it from outside."
        findings.append(Finding("warning", "public address", words))
    return findings


def _key_file(settings: Settings) -> Finding:
    path = settings.data / _KEY
    if not path.exists():
        return Finding("problem", "key file", f"{path} is missing; without it no connector's secret opens. Put it back from a backup.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding("problem", "key file", f"Others on this machine can read {path} (mode {mode:o}). Run chmod 600 on it.")
    try:
        Vault.open(settings.data)
    except (DeskError, ValueError, OSError):
        return Finding("problem", "key file", f"{path} is damaged. Put it back from a backup.")
    return Finding("ok", "key file", "There, whole, and for its owner only.")


def _room(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data).free
    held = sum(path.stat().st_size for path in stores.files(settings.data) if path.exists())
    if free < max(_LEAST_FREE_BYTES, held // 10):
        return Finding("problem", "disk", f"{free // 2**20} MiB are free beside {held // 2**20} MiB of data. Make room before writes fail.")
    return Finding("ok", "disk", f"{free // 2**20} MiB are free.")


async def soundness(settings: Settings, store: Database, entries: Database) -> list[Finding]:
    """Schema and integrity."""
    findings = []
    for name, database in (("desk", store), ("log", entries)):
        findings.append(await _schema(database, name))
        if not settings.database:
            told = [str(row[0]) for row in await database.read("pragma integrity_check(20)")]
            if told != ["ok"]:
                words = f"The {name} file is damaged: {told[0]}. Restore a backup; the log can rebuild the desk with tillside replay."
                findings.append(Finding("problem", "integrity", words))
    if settings.database:
        findings += [await _durable(store, name) for name in ("fsync", "full_page_writes")]
    elif all(one.level == "ok" for one in findings):
        findings.append(Finding("ok", "integrity", "Both files are whole."))
    return findings


async def _schema(database: Database, store: str) -> Finding:
    about = f"{store} schema"
    try:
        missing = await migrate.pending(database, store)
    except DeskError as error:
        return Finding("problem", about, str(error))
    except Exception as error:  # each driver has its own way to say that a table is missing
        if "migration" in str(error):
            return Finding("problem", about, "There are no tables yet. Run tillside migrate.")
        return Finding("problem", about, f"Cannot be read: {error}")
    if missing:
        return Finding("problem", about, f"{len(missing)} migrations are to be applied. Run tillside migrate; serving does it too.")
    return Finding("ok", about, "That of this release.")


async def _durable(store: Database, name: str) -> Finding:
    row = await store.one(f"select current_setting('{name}')")
    if row is None or row[0] != "on":
        return Finding("problem", "durability", f"PostgreSQL runs with {name} off: what was acknowledged can be lost. Turn it on.")
    return Finding("ok", "durability", f"{name} is on.")


async def secrets(settings: Settings, store: Database) -> list[Finding]:
    """Whether the key file opens what is sealed in this database."""
    if not (settings.data / _KEY).exists():
        return []
    try:
        found = await connectors.all_of_installation(store, Vault.open(settings.data))
    except (DeskError, ValueError) as error:
        return [Finding("problem", "secrets", str(error))]
    return [Finding("ok", "secrets", f"The key file opens the secrets of {len(found)} connectors.")]


async def mail(settings: Settings, store: Database) -> list[Finding]:
    """Whether letters leave: the mail server is greeted and signed in to, and nothing is sent. What waits, and what failed today."""
    known = await deliveries.counted(store, since=stamps.now() - stamps.DAY)
    waiting = sum(known.get(state, 0) for state in ("waiting", "held", "sending"))
    lost = known.get("failed", 0) + known.get("perhaps", 0)
    words = f"Replies on their way: {waiting} waiting."
    told = [Finding("warning", "e-mail", f"Of the last day's replies {lost} failed or perhaps did; their threads say why.")] if lost else []
    try:
        server = smtp.configured(settings)
        if server is None:
            none = "No mail server is set: replies by e-mail stay here, one-time codes go to the desk's log. docs/how-to/e-mail.md says how."
            return [Finding("warning" if waiting else "ok", "e-mail", f"{none} {words}"), *told]
        async with smtp.talk(server):
            return [Finding("ok", "e-mail", f"{server.place} lets us in. {words}"), *told]
    except (Misconfigured, smtp.PutOff) as error:
        return [Finding("problem", "e-mail", f"Nothing leaves: {error} {words}"), *told]


async def progress(store: Database, entries: Database) -> list[Finding]:
    """How far the projector is behind the log, who holds its lease, and what it had to set aside."""
    last = await log.last_position(entries)
    row = await store.one("select position, holder, held_until from follower where name = :name", name=work.NAME)
    position, holder, until = (int(row[0]), str(row[1]), int(row[2])) if row else (0, "", 0)
    findings = []
    if position > last:
        words = f"The desk knows the log up to {position}, but the log ends at {last}: they are not of one backup. Restore both."
        findings.append(Finding("problem", "log", words))
    is_held = until > stamps.now()
    if is_held and not _lives(holder):
        words = f"The projector's lease is held by {holder}, which is gone. It runs out by itself within seconds."
        findings.append(Finding("warning", "projector", words))
    if last - position > _LAG_ENTRIES:
        who = "It is being worked on." if is_held else "Nobody works on it: start the desk."
        findings.append(Finding("problem", "projector", f"{last - position} log entries are not worked in yet. {who}"))
    if not findings:
        findings.append(Finding("ok", "projector", f"{max(0, last - position)} of {last} log entries are not worked in yet."))
    parked = await store.one("select count(*) from parked")
    if parked and parked[0]:
        words = f"{parked[0]} events could not be worked in and are set aside; the event inspector shows them. tillside replay tries again."
        findings.append(Finding("problem", "parked events", words))
    return findings


async def search(store: Database) -> list[Finding]:
    """Whether everything that was said can be found."""
    standing = await rebuild.standing(store)
    if standing.is_whole:
        return [Finding("ok", "search", f"{standing.found} messages and conversations can be found.")]
    missing = f"The index holds {standing.found} of {standing.there} messages and conversations."
    words = f"{missing if standing.is_ready else 'The index was not built to its end.'} Stop the desk and run tillside reindex."
    return [Finding("problem", "search", words)]


async def clock(entries: Database) -> list[Finding]:
    """Whether this machine's clock runs behind what it has written."""
    row = await entries.one("select received_at from entry order by position desc limit 1")
    ahead = (int(row[0]) if row else 0) - stamps.now()
    if ahead > _CLOCK_SLACK:
        return [Finding("problem", "clock", f"The newest event arrived {ahead // stamps.MINUTE} minutes in the future. Set the clock right.")]
    return [Finding("ok", "clock", "Not behind the newest event.")]


def _lives(holder: str) -> bool:
    """Whether a lease's holder (host:pid:…) runs; one on another machine is taken to."""
    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdigit():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
