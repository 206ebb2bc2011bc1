"""S14: `python -m bench.soak [--minutes 30]`: memory of a desk under 70 % of the hold, as a slope in MB a minute."""

import argparse
import statistics
import threading
import time

from bench.desk import Desk, fire

RATE = 0.7 * 4000
WARM_MINUTES = 2.0
HOLD, AIM = 1.0, 0.2


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=30)
    minutes = words.parse_args().minutes
    with Desk(words=("--projector", "process")) as desk:
        seen: list[tuple[float, float]] = []
        over = threading.Event()
        watching = threading.Thread(target=watch, args=(desk, seen, over), daemon=True)
        watching.start()
        for piece in range(max(1, round(minutes))):
            fire(desk, "single", seconds=min(60, minutes * 60), rate=RATE, first=piece * 10**6)
        over.set()
        watching.join()
    warm = [(at, megabytes) for at, megabytes in seen if at >= min(WARM_MINUTES, minutes / 2)]
    slope = statistics.linear_regression(*zip(*warm, strict=True)).slope
    word = "held " if slope <= HOLD else "SHORT"
    print(
        f"S14  {word} {slope:.2f} MB/min over {minutes:g} min at {RATE:g}/s (hold {HOLD}, aim {AIM}); {seen[0][1]:.0f} → {seen[-1][1]:.0f} MB"
    )


def watch(desk: Desk, seen: list[tuple[float, float]], over: threading.Event) -> None:
    """Memory once a second, with the minutes since the start."""
    begun = time.monotonic()
    while not over.wait(1):
        seen.append(((time.monotonic() - begun) / 60, desk.resident_mb()))


if __name__ == "__main__":
    main()
