"""The mutants: what is taken out of conntop, and which tests have to see that it is missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """One guard less."""

    name: str
    path: str
    """The file, from the project's folder."""
    old: str
    """Text that stands in it exactly once."""
    new: str
    tests: tuple[str, ...]
    """The tests that guard it, as pytest takes them."""


_API = "tui/source/console_api.py"
_API_TESTS = "tests/source/test_console_api.py"
_FAULTS = "tests/source/test_console_api_faults.py"

MUTATIONS = (
    Mutation(
        "redirects on",
        _API,
        "follow_redirects=False",
        "follow_redirects=True",
        (f"{_FAULTS}::test_a_redirect_is_not_followed_so_its_target_never_sees_the_key",),
    ),
    Mutation(
        "body cap off",
        _API,
        "if len(body) > most:",
        "if len(body) > most * 1_000_000:",
        (f"{_FAULTS}::test_a_body_past_its_bound_is_not_read_to_the_end",),
    ),
    Mutation(
        "deadline off",
        _API,
        "asyncio.timeout(self._limits.total)",
        "asyncio.timeout(None)",
        (f"{_FAULTS}::test_a_drip_ends_at_the_total_deadline_wherever_it_drips[body]",),
    ),
)
