"""The customer's side of the simulated fleet: who connects, with which key, from where."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

from tui.standin.instant import TICKS
from tui.standin.sites import Host, all_hosts

MOST_CONNECTIONS = 100_000
"""The largest fleet that can be simulated."""

_MASK = (1 << 64) - 1
_MINUTE = 60 * TICKS
_HOUR = 60 * _MINUTE
# Enough short-lived clients to see sessions come and go, few enough that a large fleet's
# history of ended ones stays small.
_MOST_HOURLY = 5_000
_MOST_BRIEF = 500


class FleetSizeError(ValueError):
    """A fleet of a size that cannot be simulated was asked for."""


def mix(seed: int, number: int) -> int:
    """64 well-stirred bits of two numbers (splitmix64): chance that needs no memory."""
    bits = (seed + number * 0x9E3779B97F4A7C15) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


@dataclass(frozen=True, slots=True, eq=False)
class Client:
    """One program of the customer. It always comes back; its sessions follow a jittered grid."""

    index: int
    """Its place in the population."""
    seed: int
    """What its own chances are drawn from."""
    key: str
    """The API key it uses, a uuid (Console REST API, ``apikeyId``)."""
    address: str
    """IPv4 or IPv6 address it comes from (Console REST API, ``ipAddress``)."""
    home: Host
    """The server it is usually sent to."""
    rhythm: int
    """Ticks between two heartbeats, before jitter."""
    period: int
    """Ticks between the starts of two sessions, before jitter."""
    phase: int
    """Ticks by which its grid is shifted from the epoch."""

    def starts(self, number: int) -> int:
        """When its session of this number starts, in ticks."""
        jitter = mix(self.seed, number) % (self.period >> 2)
        return self.phase + number * self.period + jitter


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """All clients of one organization."""

    organization: str
    """Console REST API, ``organizationId``."""
    keys: tuple[str, ...]
    """The organization's API keys, the busiest first by design."""
    clients: tuple[Client, ...]


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _period(index: int, bits: int) -> int:
    share = (bits & 0xFFFF) / 0x10000
    if index % 50 == 7 and index // 50 < _MOST_BRIEF:
        return int((12 + 48 * share) * _MINUTE)
    if index % 10 == 3 and index // 10 < _MOST_HOURLY:
        return int((2 + 8 * share) * _HOUR)
    return int((24 + 192 * share) * _HOUR)


def populate(seed: int, connections: int) -> Population:
    """The clients of a fleet, the same for the same seed and number of connections."""
    if not 2 <= connections <= MOST_CONNECTIONS:
        raise FleetSizeError(
            f"The number of connections must be from 2 to {MOST_CONNECTIONS}, not {connections}."
        )
    # A text seeds differently for 1 and -1, a number does not.
    rng = random.Random(f"fleet {seed}")  # noqa: S311 - chance that can be repeated is the point
    organization = _uuid(rng)
    keys = tuple(_uuid(rng) for _ in range(max(4, min(40, 4 + connections // 60))))
    used = rng.choices(keys, [1 / (place + 1) for place in range(len(keys))], k=connections)
    hosts = all_hosts()
    homes = rng.choices(hosts, [host.weight for host in hosts], k=connections)
    # The three networks that are set aside for documentation, so nobody's address is shown.
    old = [
        f"{net}.{last}" for net in ("203.0.113", "198.51.100", "192.0.2") for last in range(1, 255)
    ]
    rng.shuffle(old)
    clients: list[Client] = []
    for index in range(connections):
        bits = rng.getrandbits(64)
        if old and bits % 6:
            address = old.pop()
        else:
            groups = [1 + (bits >> shift) % 0xFFFF for shift in (8, 24, 40)]
            address = "2001:db8:{:x}:{:x}::{:x}".format(*groups)
        period = _period(index, bits >> 32)
        home = homes[index]
        clients.append(
            Client(
                index=index,
                seed=bits,
                key=used[index],
                address=address,
                home=home,
                rhythm=home.rhythms[bits % len(home.rhythms)] * TICKS,
                period=period,
                phase=mix(bits, 0) % period,
            )
        )
    return Population(organization=organization, keys=keys, clients=tuple(clients))
