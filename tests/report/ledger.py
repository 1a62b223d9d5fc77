"""The account of what ``watch`` told: nothing may be missing, and nothing stand there twice."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

Record = dict[str, Any]


def distinct(records: Iterable[Record]) -> list[Record]:
    """Without those that are told again; they must be the very same."""
    found: dict[str, Record] = {}
    for record in records:
        assert found.setdefault(record["id"], record) == record
    return list(found.values())


def balance(records: Sequence[Record]) -> int:
    """How many more there are at the end than at the beginning, by what was told."""
    return sum(_weight(record) for record in records)


def _weight(record: Record) -> int:
    kind, evidence = record["kind"], record["evidence"]
    if kind in ("dropped", "gone"):
        return -1
    if kind == "opened":
        return 1
    if kind == "recovered":
        return int("in the answer again" in evidence or "not in the answers before" in evidence)
    counts = re.findall(r"(\d+) (left|came) \(", evidence)
    return sum(int(number) if word == "came" else -int(number) for number, word in counts)
