"""``docs/configuration.md`` says what the settings say."""

import re
import tomllib
from pathlib import Path

from tests.config.conftest import Write
from tui.config import Context, Settings, load
from tui.config.alerting import AlertSetting, Notify
from tui.config.docs import render
from tui.config.takes import hints

PAGE = Path(__file__).parents[2] / "docs/configuration.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), (
        "run python -m tui.config.docs > docs/configuration.md"
    )


def test_every_setting_is_on_it() -> None:
    text = render()
    for name in (*hints(Settings), *hints(Context), *hints(AlertSetting), *hints(Notify)):
        assert name.upper() in text or f"### `{name}`" in text


def test_its_example_is_a_file_that_can_be_used(write: Write) -> None:
    example = re.search(r"```toml\n(.*?)```", render(), re.DOTALL)
    assert example is not None
    write(example[1])
    assert list(load().contexts) == list(tomllib.loads(example[1])["contexts"])
