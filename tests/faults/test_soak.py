"""A quarter of an hour of the soak: what a day of it shows, but for the slope of memory."""

from __future__ import annotations

import asyncio
import gc
import logging
import warnings

import pytest

from tests.faults.hearing import listening
from tests.faults.monkey import PLACES
from tests.faults.soak import soak
from tests.faults.soak_verdict import Sample, Verdict


@pytest.mark.board
async def test_a_quarter_of_an_hour_of_faults_and_wild_keys_leaves_nothing_behind() -> None:
    verdict = await soak(hours=0.25, seed=3, keys=105)
    assert list(verdict.complaints()) == []
    assert verdict.polls >= 180
    assert verdict.keys >= 105
    assert verdict.visits.keys() == PLACES
    assert verdict.met


# The soak can fail


def verdict(*rss: float, tasks: tuple[int, ...] = (), **changes: object) -> Verdict:
    """A soak that went well but for what is given."""
    counts = tasks or (40,) * len(rss)
    samples = [
        Sample(float(hour), size, 16, count, 5)
        for hour, (size, count) in enumerate(zip(rss, counts, strict=True))
    ]
    found = Verdict(0.0, samples=samples, visits=dict.fromkeys(PLACES, 1))
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def test_a_steady_process_has_nothing_to_be_said_about() -> None:
    found = verdict(60, 80, 80.5, 80.2, 80.9)
    assert list(found.complaints()) == []
    assert found.slope == pytest.approx(0.24)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (verdict(60, 80, 82, 84), "memory grows by 2.00 MB an hour"),
        (verdict(60, 60, tasks=(40, 47)), "tasks are not flat: [40, 47]"),
        (verdict(60, hours=1.0, polls=700), "it ended after 700 polls"),
        (verdict(60, visits={"table": 1}), "the monkey was never in bar of /"),
        (verdict(60, differences=["a is served, and not shown"]), "a is served, and not shown"),
        (verdict(60, problems=["raised: KeyError(0)"]), "raised: KeyError(0)"),
    ],
    ids=["memory", "tasks", "an early end", "a place", "the truth", "an error"],
)
def test_the_soak_complains_about(found: Verdict, words: str) -> None:
    assert any(complaint.startswith(words) for complaint in found.complaints())


async def test_it_hears_of_whatever_nobody_takes() -> None:
    async def breaks() -> None:
        raise RuntimeError("in the dark")

    class Unclosed:
        def __del__(self) -> None:
            raise RuntimeError("at the end")

    heard: list[str] = []
    with listening(heard):
        task = asyncio.create_task(breaks())
        await asyncio.sleep(0)
        del task
        gc.collect()
        Unclosed()
        logging.getLogger("conntop").warning("odd")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    words = ("in a task", "unraisable", "logged by conntop: odd", "warned: DeprecationWarning")
    assert all(any(one.startswith(word) for one in heard) for word in words), heard
