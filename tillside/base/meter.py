"""Counters and gauges of this process, in the text form Prometheus reads. Labels never carry what people sent."""

from collections import defaultdict
from collections.abc import Callable

_HELP = {
    "tillside_events_total": "Events taken in, by verdict",
    "tillside_requests_refused_total": "Intake requests refused as a whole, by reason",
    "tillside_log_position": "Position of the last stored log entry",
    "tillside_projector_position": "Position of the last entry worked into customers and orders",
    "tillside_projector_lag_entries": "Log entries not yet worked in",
    "tillside_intake_waiting_bytes": "Bytes waiting to be stored",
    "tillside_streams_open": "Open live streams",
}


class Meter:
    """`add` counts up; a gauge is read when somebody asks."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, tuple[tuple[str, str], ...]], int] = defaultdict(int)
        self._gauges: dict[str, Callable[[], float]] = {}

    def add(self, name: str, count: int = 1, **labels: str) -> None:
        self._counts[(name, tuple(sorted(labels.items())))] += count

    def gauge(self, name: str, value: Callable[[], float]) -> None:
        self._gauges[name] = value

    def text(self, **given: float) -> str:
        """All of it, in Prometheus' text format; `given` are values the caller has just looked up."""
        values = [(name, "counter", labels, float(count)) for (name, labels), count in sorted(self._counts.items())]
        values += [(name, "gauge", (), value()) for name, value in sorted(self._gauges.items())]
        values += [(name, "gauge", (), value) for name, value in sorted(given.items())]
        lines: list[str] = []
        told: set[str] = set()
        for name, kind, labels, value in values:
            if name not in told:
                told.add(name)
                lines += [f"# HELP {name} {_HELP.get(name, name)}", f"# TYPE {name} {kind}"]
            inside = ",".join(f'{key}="{word}"' for key, word in labels)
            lines.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
        return "\n".join(lines) + "\n"
