"""The vendor's side of the simulated fleet: services, protocols, sites and servers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """One server as records name it. Two hosts are the same only if they are one object."""

    name: str
    """Console REST API, ``host``."""
    data_center: str
    """Site and server (Console REST API, ``dataCenter``)."""
    region: str
    """The site alone."""
    service: str
    """Console REST API, ``serviceName``."""
    protocol: str
    """Console REST API, ``protocolName``."""
    rhythms: tuple[int, ...]
    """Seconds between heartbeats that clients of this service ask for."""
    weight: float
    """Share of the clients that call this server home, relative to the other weights."""


@dataclass(frozen=True, slots=True)
class _Offer:
    service: str
    protocol: str
    prefix: str
    rhythms: tuple[int, ...]
    weight: float
    servers: tuple[tuple[str, int], ...]


_WS = (1, 2, 5, 10)
_REST = (5, 10, 15, 20)
_FIX = (30,)

# The first server of each offer is the busy one, so that there is one whose loss is felt.
_OFFERS = (
    _Offer(
        "coinapi-ws",
        "WebSocket",
        "ws-server",
        _WS,
        46,
        (("us-east-1", 4), ("eu-central-1", 2), ("eu-west-1", 3), ("ap-northeast-1", 2)),
    ),
    _Offer(
        "coinapi-rest",
        "REST",
        "rest-api",
        _REST,
        18,
        (("eu-west-1", 2), ("us-east-1", 2), ("ap-northeast-1", 1)),
    ),
    _Offer("coinapi-fix", "FIX", "fix-gw", _FIX, 8, (("us-east-1", 2), ("eu-west-1", 2))),
    _Offer(
        "MarketData",
        "WebSocket",
        "md-stream",
        _WS,
        12,
        (("us-east-1", 2), ("eu-central-1", 2), ("ap-northeast-1", 2)),
    ),
    _Offer("MarketData", "FIX", "md-fix", _FIX, 3, (("us-east-1", 1), ("eu-central-1", 1))),
    _Offer("EMS", "WebSocket", "ems-ws", _WS, 5, (("eu-central-1", 2), ("us-east-1", 2))),
    _Offer("EMS", "REST", "ems-rest", _REST, 3, (("eu-central-1", 1), ("us-east-1", 1))),
    _Offer("Indexes", "REST", "idx-rest", _REST, 3, (("us-east-1", 1), ("eu-west-1", 1))),
    _Offer("Indexes", "WebSocket", "idx-ws", _WS, 2, (("us-east-1", 1), ("eu-west-1", 1))),
)


@cache
def all_hosts() -> tuple[Host, ...]:
    """Every server, in the order a rolling restart takes them."""
    hosts: list[Host] = []
    in_region: dict[str, int] = {}
    for offer in _OFFERS:
        number = 0
        for region, count in offer.servers:
            for _ in range(count):
                number += 1
                in_region[region] = in_region.get(region, 0) + 1
                hosts.append(
                    Host(
                        name=f"{offer.prefix}-{number:02d}.coinapi.io",
                        data_center=f"{region}/server-{in_region[region]:02d}",
                        region=region,
                        service=offer.service,
                        protocol=offer.protocol,
                        rhythms=offer.rhythms,
                        weight=offer.weight / number,
                    )
                )
    return tuple(hosts)


@cache
def peers(host: Host) -> tuple[Host, ...]:
    """The other servers with the same service and protocol, those of the same site first."""
    same = [
        other
        for other in all_hosts()
        if other is not host and (other.service, other.protocol) == (host.service, host.protocol)
    ]
    return tuple(sorted(same, key=lambda other: other.region != host.region))
