"""Python's search for garbage cycles, made rare."""

import gc


def calm() -> None:
    """For processes that work on batches: a batch of events is a million objects without a cycle among them, and searching them took a
    third of the time (measured)."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
