"""Faults of the endpoint's clocks that are there from its start on, each asked for by its name.

They are independent of the scenarios and combine with them. Nothing heavy is loaded here: the
command's help is made from this list.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DAY = 86_400
_YEAR = 365 * _DAY


class FaultError(ValueError):
    """A fault was given by an unknown name, with a wrong value, or where it cannot show."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is known of one fault."""

    sentence: str
    """For help."""
    span: tuple[int, int] | None = None
    """The least and the most of its value, in seconds; None for a fault that takes no value."""
    needs_fleet: bool = False
    """Whether it changes records; those of a file are served as they are."""


def _seconds(sentence: str, low: int, high: int, *, needs_fleet: bool = False) -> float:
    default: float = field(
        default=0.0, metadata={"kind": _Kind(sentence, (low, high), needs_fleet)}
    )
    return default


def _flag(sentence: str) -> bool:
    default: bool = field(default=False, metadata={"kind": _Kind(sentence)})
    return default


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one stand-in. This list is the only one: help and messages are made from it."""

    skew: float = _seconds(
        "The server's whole clock is SECONDS ahead of this machine's, or behind if they are below"
        " zero; the fleet is the same, with all its times shifted.",
        -_YEAR,
        _YEAR,
    )
    date_stuck: bool = _flag("The Date header stands still at the time of the start.")
    no_date: bool = _flag("No answer has a Date header.")
    start_grain: float = _seconds(
        "Start times are rounded down to whole multiples of SECONDS, in the records and for the"
        " time filters, so that many connections share one.",
        0,
        _DAY,
        needs_fleet=True,
    )
    future: float = _seconds(
        "Heartbeats are stamped by a clock that is SECONDS ahead of the one behind the Date"
        " header.",
        0,
        _DAY,
        needs_fleet=True,
    )

    def __post_init__(self) -> None:
        for name, kind in _kinds():
            value = getattr(self, name)
            # Written so that a value that is no number at all fails too.
            if kind.span is not None and not kind.span[0] <= value <= kind.span[1]:
                raise _out_of_range(name, kind.span, f"{value:g}")

    def check_fleet(self) -> None:
        """Raise FaultError if one of these can only be shown by a simulated fleet."""
        for name, kind in _kinds():
            if kind.needs_fleet and getattr(self, name):
                raise FaultError(f"The fault {_said(name)} needs a simulated fleet.")


def _kinds() -> Iterator[tuple[str, _Kind]]:
    for each in fields(Faults):
        yield each.name, each.metadata["kind"]


def _said(name: str) -> str:
    return name.replace("_", "-")


def _written(name: str, kind: _Kind) -> str:
    return _said(name) if kind.span is None else f"{_said(name)}=SECONDS"


def _out_of_range(name: str, span: tuple[int, int], value: str) -> FaultError:
    return FaultError(
        f"The fault {_said(name)} takes a number of seconds from {span[0]} to {span[1]},"
        f" as {_said(name)}=SECONDS, not {value!r}."
    )


def fault_help() -> str:
    """Every fault as it is written, with its sentence."""
    return " ".join(f"{_written(name, kind)}: {kind.sentence}" for name, kind in _kinds())


def read_faults(texts: Iterable[str]) -> Faults:
    """Read faults from ``name`` and ``name=value`` texts, or raise FaultError.

    Of one that is named twice the last counts.
    """
    known = dict(_kinds())
    given: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.replace("-", "_")
        kind = known.get(name)
        if kind is None:
            names = ", ".join(_written(each, of_it) for each, of_it in known.items())
            raise FaultError(f"There is no fault {_said(name)!r}; there are: {names}.")
        if kind.span is None:
            if equals:
                raise FaultError(f"The fault {_said(name)} takes no value.")
            given[name] = True
            continue
        try:
            given[name] = float(value)
        except ValueError:
            raise _out_of_range(name, kind.span, value) from None
    return Faults(**given)


NO_FAULTS = Faults()
