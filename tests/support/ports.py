"""Free ports of the loopback interface."""

import socket


def free_port() -> int:
    """A port nobody listens on at this moment; ask as late as possible before using it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
