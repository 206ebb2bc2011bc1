"""The command line: one file per group of commands. `main` is the entry point of ``tillside`` and ``python -m tillside``."""

import click

import tillside
from tillside.cli import agents, backup, connectors, demo, doctor, imports, keys, migrations, replay, serve, setup, under, verify
from tillside.cli.ground import Words


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(tillside.__version__, prog_name="Tillside")
def main() -> None:
    """Self-hosted customer service for online shops."""


for _command in (
    serve.serve,
    demo.demo,
    setup.setup,
    connectors.connector,
    keys.key,
    agents.agent,
    migrations.migrate,
    replay.replay,
    imports.bring,
    doctor.doctor,
    verify.verify,
    backup.backup,
    backup.restore,
    under.project,
    under.worker,
):
    main.add_command(_command)
