"""`python -m bench [--large] [--quick] [--only S1,S5]`: one table with machine facts, and the same as JSON in bench/results/."""

import argparse
import json
import time
from pathlib import Path

import msgspec
from msgspec.structs import replace

from bench import machine, measures
from bench.row import Plan, Row

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--large", action="store_true", help="S5 with five million stored orders as well")
    words.add_argument("--quick", action="store_true", help="one short run of each, for trying out; not the figures of docs/speed.md")
    words.add_argument("--only", default="", help="such as S1,S5")
    words.add_argument("--projector", default="process", choices=("inside", "process"), help="where S1 to S3 project")
    words.add_argument("--store", default="", choices=("sqlite", "postgres"), help="S6 to S8, S9b, S15 and S16 on this one only")
    words.add_argument("--kept", default="", metavar="DIR", help="keep the desks with many orders in this folder, for the next time")
    given = words.parse_args()
    plan = (
        Plan(seconds=3, runs=1, orders=(0, 20_000), talks=50_000, projector=given.projector) if given.quick else Plan(projector=given.projector)
    )
    plan = replace(plan, kept=given.kept, stores=(given.store,) if given.store else plan.stores)
    if given.large:
        plan = replace(plan, orders=(*plan.orders, 5_000_000))
    asked = given.only.split(",") if given.only else list(measures.ALL)
    facts = machine.facts()
    print("  ".join(f"{name} {value:,.0f}" if isinstance(value, float) else f"{name} {value}" for name, value in facts.items()), flush=True)
    rows: list[Row] = []
    for measure in dict.fromkeys(measures.ALL[name] for name in asked):
        found = measure(plan)
        rows += found
        for row in found:
            print(line(row), flush=True)
    keep(facts, rows)


def line(row: Row) -> str:
    word = "     " if not row.hold else "held " if row.is_held else "SHORT"
    limit = f"  {row.value / row.limit:.2f} of the raw limit {row.limit:,.0f}" if row.limit else ""
    sides = f"hold {row.hold:,g}, aim {row.aim:,g}" if row.hold else "no hold"
    return f"{row.name:4} {word} {row.value:>10,.1f} {row.unit:3} {row.what} ({sides}){limit}  {row.remark}".rstrip()


def keep(facts: dict[str, object], rows: list[Row]) -> None:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / time.strftime("%Y-%m-%dT%H%M%S.json")
    told = {"machine": facts, "rows": [{**msgspec.to_builtins(row), "held": row.is_held} for row in rows]}
    path.write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(f"written to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


if __name__ == "__main__":
    main()
