"""Works accepted events into customers, orders and timelines. It follows the log; nothing calls it."""
