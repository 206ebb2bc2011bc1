"""`tillside verify`: plays a whole integration against a running desk and prints a list of ticks, for an integrator's CI."""

import sys

import click
import httpx
from msgspec import Struct

import tillside
from tillside.cli import ground, trials
from tillside.cli.trials import ALL, Broken, Trial, Visit, Wanted

_MARKS = {"passed": ("✓", "green"), "broken": ("✗", "red"), "untried": ("–", "yellow")}
_OPTION = {"rest_key": "--rest-key", "token_secret": "--token-secret"}


class Outcome(Struct, frozen=True):
    """How one trial went: passed, broken or untried."""

    trial: Trial
    result: str
    words: str = ""


@click.command()
@click.option("--url", required=True, help="Where the desk answers, as the shop reaches it: https://desk.shop.example")
@click.option("--key", required=True, help="The connector's key.")
@click.option("--secret", required=True, envvar="TILLSIDE_CONNECTOR_SECRET", help="The connector's secret. [TILLSIDE_CONNECTOR_SECRET]")
@click.option("--rest-key", default="", envvar="TILLSIDE_REST_KEY", help="A REST key, to read back what was sent. [TILLSIDE_REST_KEY]")
@click.option("--token-secret", default="", envvar="TILLSIDE_TOKEN_SECRET", help="The connector's token secret. [TILLSIDE_TOKEN_SECRET]")
@click.option("--wait", default=10.0, show_default=True, help="Seconds the desk may take to show what it accepted.")
@ground.as_json
def verify(url: str, key: str, secret: str, rest_key: str, token_secret: str, *, wait: float, as_json: bool) -> None:
    """Play a whole integration against a running desk.

    Loader, preflight, events, a batch, a repetition, identity, the order read back, refusals. It leaves a customer and an order named
    verify-… at the desk. The exit code names the first thing broken; docs/command-line.md lists the codes.
    """
    wanted = Wanted(url.rstrip("/"), key, secret, rest_key, token_secret, wait)
    outcomes = ground.run(play(wanted, quiet=as_json))
    if as_json:
        lines = [{"check": one.trial.name, "code": one.trial.code, "outcome": one.result, "words": one.words} for one in outcomes]
        ground.tell({"is_green": all(one.result != "broken" for one in outcomes), "checks": lines}, as_json=True)
    sys.exit(next((one.trial.code for one in outcomes if one.result == "broken"), ground.DONE))


async def play(wanted: Wanted, *, quiet: bool) -> list[Outcome]:
    """Every trial in turn; when the desk cannot be reached at all, nothing after the first."""
    outcomes: list[Outcome] = []
    agent = {"User-Agent": f"tillside-verify/{tillside.__version__}"}
    async with httpx.AsyncClient(base_url=wanted.url, timeout=15, trust_env=False, headers=agent) as client:
        visit = Visit(client, wanted)
        for trial in ALL:
            outcome = await _play(trial, visit)
            outcomes.append(outcome)
            if not quiet:
                _print(outcome)
            if trial.play is trials.reach and outcome.result == "broken":
                break
    return outcomes


async def _play(trial: Trial, visit: Visit) -> Outcome:
    missing = [name for name in trial.needs if not getattr(visit.wanted, name)]
    if missing:
        return Outcome(trial, "untried", f"needs {_OPTION[missing[0]]}")
    try:
        await trial.play(visit)
    except Broken as broken:
        return Outcome(trial, "broken", str(broken))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Outcome(trial, "broken", f"No answer: {error or type(error).__name__}.")
    return Outcome(trial, "passed")


def _print(outcome: Outcome) -> None:
    mark, colour = _MARKS[outcome.result]
    console = ground.console()
    console.print(f"[{colour}]{mark}[/] {outcome.trial.name}", end="")
    console.print(f"  [{colour}]{outcome.words}[/]" if outcome.words else "")
