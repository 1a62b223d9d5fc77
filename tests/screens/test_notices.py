"""Notices come and go, and nothing is left of them."""

from textual.widgets._toast import Toast, ToastHolder

from tests.stage import stage


async def test_a_notice_that_makes_room_for_the_next_leaves_no_frame_behind() -> None:
    async with stage(connections=5) as on:
        await on.polls(2)
        for _ in range(5):
            await on.press("y")
        assert len(on.app.screen.query(Toast)) == 1
        assert len(on.app.screen.query(ToastHolder)) == 1
        assert "Copied the id" in on.text()
