"""The command line: one file per group of commands. `main` is the entry point of ``tillside`` and ``python -m tillside``."""

import importlib

import click

import tillside
from tillside.cli.ground import Words

COMMANDS = {
    "serve": "serve.serve",
    "demo": "demo.demo",
    "setup": "setup.setup",
    "connector": "connectors.connector",
    "key": "keys.key",
    "agent": "agents.agent",
    "migrate": "migrations.migrate",
    "replay": "replay.replay",
    "reindex": "reindex.reindex",
    "import": "imports.bring",
    "doctor": "doctor.doctor",
    "verify": "verify.verify",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "project": "under.project",
    "worker": "under.worker",
}
"""Where each command is written. It is imported when it is called: all of them cost 0.8 s of every start, a short one 0.3 (measured)."""


class Commands(Words):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(importlib.import_module(f"tillside.cli.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(tillside.__version__, prog_name="Tillside")
def main() -> None:
    """Self-hosted customer service for online shops."""
