"""What real fleet is wanted."""

from __future__ import annotations

from dataclasses import dataclass

MOST_GATEWAYS = 20
"""The most gateways that are started: each is a process."""
MOST_CLIENTS = 1000
"""The most clients that are started: all are in one process, which may open that many sockets."""


class GatewayPlanError(ValueError):
    """A real fleet was asked for that cannot be had."""


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """What real fleet is wanted. All seconds are the server's, see ``speed``."""

    gateways: int = 3
    """Number of gateway processes."""
    clients: int = 150
    """Number of WebSocket clients, shared out among the gateways in turn."""
    speed: float = 1.0
    """Server seconds in one real second."""
    heartbeat: float = 5.0
    """Seconds between two pings of a connection."""
    patience: float = 10.0
    """Seconds without a heartbeat after which a client gives its connection up."""
    seed: int = 1
    """What the clients' keys and addresses are drawn from."""

    def __post_init__(self) -> None:
        for what, value, low, high in (
            ("The number of gateways", self.gateways, 1, MOST_GATEWAYS),
            ("The number of their clients", self.clients, 2, MOST_CLIENTS),
            ("The speed", self.speed, 0.1, 1000),
            ("The seconds between heartbeats", self.heartbeat, 0.1, 3600),
            ("The seconds of patience", self.patience, 0.1, 1e9),
        ):
            # Written so that a value that is no number at all fails too.
            if not low <= value <= high:
                raise GatewayPlanError(f"{what} must be from {low} to {high:g}, not {value:g}.")
