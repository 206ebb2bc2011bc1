"""S12: main-thread time the tracker adds to a page, on a phone's processor (Chromium slowed four times).

    python -m bench.tracker_main_thread [ROUNDS]

Loads the same page alternately without and with our snippet, waits until the page view has arrived, and compares what the
browser's main thread was busy with (`TaskDuration` of the DevTools protocol, in the thread's own time, so that other work on
the machine does not count). Prints medians in ms; hold 80, aim 30.
"""

import statistics
import sys

from playwright.sync_api import Browser, sync_playwright

from tests.storefront.peer import Desk, Shop, hosted
from tests.storefront.visit import LAUNCH, Visit
from tests.support.browser import executable

SLOWED = 4
HOLD_MS, AIM_MS = 80, 30
MEASURES = ("TaskDuration", "ScriptDuration")


def measure(browser: Browser, shop: Shop, desk: Desk, *, with_script: bool) -> dict[str, float]:
    """Busy milliseconds of one fresh visit, from navigation until 1.5 s later."""
    context = browser.new_context()
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    visit = Visit(shop, desk, page)
    address = shop.page(visit.snippet() + "<script>richpanel.identify('ada-1', {city: 'Ulm'})</script>" if with_script else "")
    seen = len(desk.named("page_view"))
    page.goto(address)
    page.wait_for_timeout(1500)
    if with_script:
        desk.wait_for("page_view", seen + 1)
    metrics = {entry["name"]: entry["value"] * 1000 for entry in protocol.send("Performance.getMetrics")["metrics"]}
    context.close()
    return {name: metrics[name] for name in MEASURES}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    without, loaded = [], []
    with hosted(Shop()) as shop, hosted(Desk()) as desk, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=LAUNCH)
        measure(browser, shop, desk, with_script=True)  # warms the browser up
        for _ in range(rounds):
            without.append(measure(browser, shop, desk, with_script=False))
            loaded.append(measure(browser, shop, desk, with_script=True))
        browser.close()
    added = {}
    for name in MEASURES:
        empty, full = (statistics.median(run[name] for run in runs) for runs in (without, loaded))
        added[name] = full - empty
        print(f"{name:15} without {empty:6.1f} ms   with {full:6.1f} ms   added {full - empty:6.1f} ms")
    busy = added["TaskDuration"]
    print(f"S12 main thread added {busy:.1f} ms at {SLOWED}x slowdown, {rounds} rounds (hold {HOLD_MS}, aim {AIM_MS})")
    sys.exit(busy > HOLD_MS)


if __name__ == "__main__":
    main()
