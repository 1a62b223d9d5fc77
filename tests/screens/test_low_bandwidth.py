"""Over a slow line ages tick every five seconds, and the screen says so."""

from tests.stage import Stage, stage


def by_hand(on: Stage) -> None:
    """Seconds pass when the test says so, and not with the machine's clock besides."""
    for timer in on.screen._timers:
        timer.pause()


async def test_b_makes_ages_tick_seldom_and_every_second_again() -> None:
    async with stage(connections=30) as on:
        on.watch.poller.every = 30
        by_hand(on)
        await on.poll()
        await on.press("B")
        assert "low bandwidth, ages to 10 s" in on.text()
        assert on.animations == "none"
        beats = on.column("beat")
        for second in range(1, 6):
            on.clock.advance(1)
            on.screen._pass_time()
            assert (on.column("beat") == beats) is (second < 5)
        await on.press("B")
        assert "low bandwidth, ages to 10 s" not in on.text()
        assert on.animations == "full"
        beats = on.column("beat")
        on.clock.advance(1)
        on.screen._pass_time()
        assert on.column("beat") != beats


async def test_then_ages_are_told_by_ten_seconds_and_never_as_less_than_they_are() -> None:
    async with stage(connections=30) as on:
        await on.poll()
        exact = on.column("beat")
        await on.press("B")
        assert on.column("beat") == [_rough(text) for text in exact]
        assert "<10s" in on.column("beat")
        await on.press("B")
        assert on.column("beat") == exact


def _rough(exact: str) -> str:
    seconds = int(exact.removesuffix("s"))
    return f"<{(seconds // 10 + 1) * 10}s"


async def test_ages_do_not_tick_right_before_an_answer_that_paints_them_all() -> None:
    async with stage(connections=30) as on:
        by_hand(on)
        await on.poll()
        await on.press("B")
        beats = on.column("beat")
        for _ in range(5):
            on.clock.advance(1)
            on.screen._pass_time()
        assert on.column("beat") == beats
        await on.poll(0.1)
        assert on.column("beat") != beats


async def test_a_terminal_that_proves_to_be_slow_is_said_to_be_so_once() -> None:
    async with stage(connections=30) as on:
        await on.poll()
        on.app._save_bandwidth()
        await on.settle()
        assert on.app.low_bandwidth
        assert "low bandwidth is on, B ends it" in on.text()
        on.app.clear_notifications()
        on.app._save_bandwidth()
        await on.settle()
        assert "B ends it" not in on.text()
