"""A window without room for a list: keys that look for its lines find none, and nothing breaks."""

import pytest

from tests.stage import stage


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 1), (2, 1), (160, 1), (160, 3)], ids=str)
@pytest.mark.parametrize(
    "way",
    [("f",), ("s",), ("enter", "enter"), ("colon",)],
    ids=["the filter pane", "a menu", "the siblings", "the palette"],
)
async def test_a_page_key_in_a_list_without_lines_does_nothing(
    way: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with stage(connections=5) as on:
        await on.polls(2)
        await on.press(*way)
        await on.resize(*size)
        await on.press("pageup", "pagedown")
        await on.resize(80, 24)
        await on.press("pagedown", "escape")
        assert on.app.is_running
