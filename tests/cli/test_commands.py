"""The list of commands: each is there under its name, and none pays for another."""

import subprocess
import sys

import click

from tests.support.process import ROOT
from tillside.cli import COMMANDS, main


def test_each_command_answers_to_the_name_it_is_listed_under() -> None:
    context = click.Context(main)
    assert main.list_commands(context) == sorted(COMMANDS)
    for name in COMMANDS:
        found = main.get_command(context, name)
        assert found is not None and found.name == name
    assert main.get_command(context, "nothing") is None


def test_a_short_command_does_not_load_the_server() -> None:
    program = "import sys; from tillside.cli import main; main(['key', '--help'], standalone_mode=False); print(*sorted(sys.modules))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60).stdout
    assert not {"uvicorn", "jinja2", "httpx", "tillside.app", "tillside.demo"} & set(said.split())
