"""The notifier: nobody waits for it, and what fails harms nobody else."""

import threading
import time
from collections.abc import Callable

from tests.alert.letters import letter
from tui.alert.channel import Letter, SendError
from tui.alert.notifier import WAITING_MOST, Notifier

PATIENCE = 10.0


class Scripted:
    """A channel that does as it is told."""

    def __init__(self, name: str, act: Callable[[Letter], None] = lambda letter: None) -> None:
        self.name = name
        self.got: list[Letter] = []
        self.closed = False
        self._act = act

    def send(self, letter: Letter) -> None:
        self.got.append(letter)
        self._act(letter)

    def close(self) -> None:
        self.closed = True


def fail(_: Letter) -> None:
    raise SendError("500, tried 3 times")


def test_every_channel_gets_every_letter_in_order() -> None:
    channels = [Scripted("a"), Scripted("b")]
    notifier = Notifier(channels)
    letters = [letter() for _ in range(5)]
    for one in letters:
        notifier.send(one)
    assert notifier.close(PATIENCE)
    assert [one.got for one in channels] == [letters, letters]
    assert notifier.failures == ()


def test_a_failure_is_told_once_and_until_it_works_again() -> None:
    fails = True
    told: list[tuple[str, ...]] = []
    done = threading.Event()

    def act(one: Letter) -> None:
        if fails:
            fail(one)

    def changed() -> None:
        told.append(notifier.failures)
        done.set()

    good = Scripted("command x")
    notifier = Notifier([Scripted("webhook", act), good], changed)
    for _ in range(3):
        notifier.send(letter())
    assert done.wait(PATIENCE)
    while len(good.got) < 3 or len(notifier._lines[0]._channel.got) < 3:  # type: ignore[attr-defined]
        time.sleep(0.001)
    fails = False
    notifier.send(letter())
    assert notifier.close(PATIENCE)
    assert told == [("webhook: 500, tried 3 times",), ()]
    assert len(good.got) == 4


def test_a_mistake_in_a_library_is_no_end_of_anything() -> None:
    def act(_: Letter) -> None:
        raise ZeroDivisionError("secret")

    notifier = Notifier([Scripted("apprise", act)])
    notifier.send(letter())
    assert notifier.close(PATIENCE)
    assert notifier.failures == ("apprise: ZeroDivisionError, which is a mistake",)


def test_nobody_waits_for_a_slow_one_and_what_is_lost_is_told() -> None:
    gate = threading.Event()

    def wait(_: Letter) -> None:
        gate.wait(PATIENCE)

    slow = Scripted("webhook", wait)
    notifier = Notifier([slow])
    begun = time.monotonic()
    for _ in range(WAITING_MOST + 5):
        notifier.send(letter())
    assert not notifier.close(0.05)
    assert time.monotonic() - begun < PATIENCE / 2
    assert slow.closed
    assert notifier.failures == ("webhook: 20 messages wait, so one was not sent",)
    gate.set()
