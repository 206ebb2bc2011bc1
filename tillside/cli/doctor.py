"""`tillside doctor`: names in words what is wrong with an installation. It looks, and changes nothing."""

import sys

import click

from tillside import stores
from tillside.base.settings import Settings
from tillside.cli import examine, ground
from tillside.cli.examine import Finding
from tillside.storage.database import Database

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command()
@ground.as_json
@ground.settings("data", "database", "public_url")
def doctor(settings: Settings, *, as_json: bool) -> None:
    """Name in words what is wrong with this installation. Exit code 1 when there is a problem."""
    findings = ground.run(look(settings))
    if as_json:
        facts = [{"level": one.level, "about": one.about, "words": one.words} for one in findings]
        ground.tell({"is_well": not _problems(findings), "findings": facts}, as_json=True)
    else:
        for one in findings:
            click.echo(f"{click.style(f'{one.level:<8}', fg=_COLOURS[one.level])} {one.about}: {one.words}")
    if _problems(findings):
        sys.exit(ground.FOUND)


async def look(settings: Settings) -> list[Finding]:
    """Everything that can be seen from outside first; then, if the stores open, what is in them."""
    findings = examine.folder(settings)
    if any(one.about == "data folder" and one.level == "problem" for one in findings):
        return findings
    try:
        store, entries = await stores.open_stores(settings)
    except Exception as error:  # a damaged file: each driver has its own way to say so
        return [*findings, Finding("problem", "database", f"It does not open: {error}")]
    try:
        return [*findings, *await _inside(settings, store, entries)]
    except Exception as error:  # the same, deeper inside
        return [*findings, Finding("problem", "database", f"It cannot be read: {error}. Restore a backup.")]
    finally:
        await store.close()
        if entries is not store:
            await entries.close()


async def _inside(settings: Settings, store: Database, entries: Database) -> list[Finding]:
    findings = await examine.soundness(settings, store, entries)
    if any(one.level == "problem" for one in findings):
        return findings
    return [
        *findings,
        *await examine.secrets(settings, store),
        *await examine.progress(store, entries),
        *await examine.search(store),
        *await examine.clock(entries),
        *await examine.mail(settings, store),
    ]


def _problems(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.level == "problem"]
