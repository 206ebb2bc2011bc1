"""One line of the table, and how much a run measures."""

from collections.abc import Sequence

from msgspec import Struct


class Row(Struct, frozen=True):
    """One line of the table. `limit` is the raw limit measured in the same run, 0 when there is none; `higher` says what is better."""

    name: str
    what: str
    value: float
    unit: str
    hold: float
    aim: float
    higher: bool = True
    limit: float = 0
    remark: str = ""

    @property
    def is_held(self) -> bool:
        return self.value >= self.hold if self.higher else self.value <= self.hold


class Plan(Struct, frozen=True):
    """How long and how large. Holds are medians of three runs (decision 31). `kept`: where filled folders stay for the next time;
    `stores`: those that what is measured on both is measured on."""

    seconds: float = 10
    runs: int = 3
    orders: tuple[int, ...] = (0, 1_000_000)
    talks: int = 1_000_000
    projector: str = "process"
    kept: str = ""
    stores: tuple[str, ...] = ("sqlite", "postgres")


def middle(rounds: Sequence[Sequence[Row]]) -> list[Row]:
    """Of several rounds of the same rows, each row as it stood in the middle."""
    return [sorted(same, key=lambda row: row.value)[len(same) // 2] for same in zip(*rounds, strict=True)]
