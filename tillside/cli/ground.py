"""What every command stands on: options made from the table of settings, an opened desk, facts as text or JSON, exit codes."""

import asyncio
import functools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table

from tillside import stores
from tillside.agents import workspace as workspaces
from tillside.base import settings as table
from tillside.base.errors import DeskError, Misconfigured, Refused, TooMany
from tillside.base.settings import SETTINGS, Setting, Settings
from tillside.edges.http.desk import Desk

DONE, FOUND, USAGE, MISCONFIGURED, REFUSED, BUSY = range(6)
"""Exit codes: done; looked and something is wrong; written wrongly; the installation is wrong; what was asked cannot be; try again."""

PLACE = ("data", "database")
_TYPES: "dict[str, click.ParamType[Any]]" = {"int": click.INT, "float": click.FLOAT, "path": click.Path(path_type=Path), "str": click.STRING}

Command = TypeVar("Command", bound=Callable[..., Any])
Outcome = TypeVar("Outcome")
Read = Callable[[Desk, int], Awaitable[list[dict[str, object]]]]
"""What a workspace, by its id, has of something: one fact sheet each."""


class Words(click.Group):
    """A group whose commands fail in one sentence and with an exit code a script can use."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DeskError as error:
            fail(error)


def fail(error: DeskError) -> NoReturn:
    """Say what is wrong and what to do, on stderr, and leave."""
    hint = error.hint if isinstance(error, Refused) else ""
    click.echo(f"{error.message} {hint}".strip(), err=True)
    sys.exit(exit_code(error))


def exit_code(error: DeskError) -> int:
    if isinstance(error, Misconfigured):
        return MISCONFIGURED
    return BUSY if isinstance(error, TooMany) else REFUSED


def settings(*names: str) -> Callable[[Command], Command]:
    """Options for these settings; the command receives them, with the environment's, as one `settings` record."""

    def wrap(command: Command) -> Command:
        @functools.wraps(command)
        def called(*args: Any, **given: Any) -> Any:
            chosen = {name: given.pop(name) for name in names}
            return command(*args, settings=table.load(**chosen), **given)

        for row in reversed([row for row in SETTINGS if row.name in names]):
            called = _option(row)(called)
        return called  # type: ignore[return-value]  # the same command, with options

    return wrap


def place(command: Command) -> Command:
    """The two options that say which desk is meant: --data and --database."""
    return settings(*PLACE)(command)


def workspace(command: Command) -> Command:
    """--workspace, needed only where there are several."""
    return click.option("--workspace", "slug", metavar="SLUG", help="Which workspace, when there are several.")(command)


def as_json(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON, for scripts.")(command)


def password(command: Command) -> Command:
    """--password, better given as TILLSIDE_PASSWORD or typed when asked: an argument can be read by others on the machine."""
    text = "Password; better TILLSIDE_PASSWORD, or typed when asked."
    return click.option("--password", envvar="TILLSIDE_PASSWORD", callback=_ask, help=text)(command)


def run(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Do async work to its end. A task that ends in an error of the house raises just that error."""
    return asyncio.run(work)


@asynccontextmanager
async def desk(settings: Settings, *, alone: bool = False) -> AsyncIterator[Desk]:
    """The desk of these settings, for a command that may run beside a serving process. `alone`: none serves, so that this command moves
    SQLite's write-ahead log into the files, which otherwise grows as long as the command writes."""
    opened = await stores.open_desk(settings, serving=alone)
    try:
        yield opened
    finally:
        await opened.close()


def tell_each(settings: Settings, slug: str | None, read: Read, *, as_json: bool) -> None:
    """Print what a workspace has of something: one line each."""

    async def work() -> list[dict[str, object]]:
        async with desk(settings) as opened:
            return await read(opened, (await workspaces.chosen(opened.store, slug)).id)

    tell(run(work()), as_json=as_json)


def tell(facts: Mapping[str, object] | Iterable[Mapping[str, object]], *, as_json: bool) -> None:
    """Print facts: JSON for scripts, else a line for each (one thing) or a table (a list)."""
    is_one = isinstance(facts, Mapping)
    rows = [facts] if isinstance(facts, Mapping) else list(facts)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows[0] if is_one else rows)).decode())
    elif is_one:
        for name, value in rows[0].items():
            click.echo(f"{name.replace('_', ' '):<14} {_word(value)}")
    else:
        _print_table(rows)


def console(*, err: bool = False) -> Console:
    """Where rich text goes; plain where nobody looks at a terminal."""
    return Console(stderr=err, highlight=False, soft_wrap=True)


def _print_table(rows: list[Mapping[str, object]]) -> None:
    if not rows:
        click.echo("There are none yet.")
        return
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        drawn.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        drawn.add_row(*(_word(value) for value in row.values()))
    console().print(drawn)


def _word(value: object) -> str:
    return {None: "–", True: "yes", False: "no"}.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)


def _option(row: Setting) -> Callable[[Command], Command]:
    default = f"; default {row.default}" if row.default else ""
    kind = _TYPES.get(row.kind) or click.Choice(row.kind.split(" | "))
    return click.option(row.option, row.name, type=kind, default=None, help=f"{row.help}. [{row.env}{default}]")


def _ask(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    if value:
        return value
    if not sys.stdin.isatty():
        raise click.UsageError("A password is needed: set TILLSIDE_PASSWORD, or run this where it can be typed.", context)
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
