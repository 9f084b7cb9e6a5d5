"""Ports that others can reach: found free, or refused in one sentence before anything starts."""

import socket

from config.stack.errors import StackError


def require_free_port(host: str, port: int, variable: str) -> None:
    """Raise StackError where the address cannot be listened on: taken, not ours, or none of this machine.

    `variable` is where another port can be chosen.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StackError(f"port {port} on {host} cannot be used: {reason}. Choose another: {variable}=8001") from None


def free_port(host: str) -> int:
    """Return a port of the host's interface that nobody listens on just now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
