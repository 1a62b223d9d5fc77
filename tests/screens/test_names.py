"""What people call keys, networks and hosts is on every screen, and can be asked for."""

import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.screens.test_filters import go_to, last_request
from tests.stage import stage
from tui.core.names import Names
from tui.standin.clients import populate

KEYS = populate(7, 12).keys
NAMES = Names(
    keys={KEYS[0]: "trading-prod", KEYS[1]: "research"},
    networks={ip_network("203.0.113.0/24"): "Frankfurt"},
    hosts={"ws-server-01": "gateway one"},
)


def exported(folder: Path) -> list[dict[str, object]]:
    """The records of the one file that was written."""
    [path] = folder.glob("*.json")
    records: list[dict[str, object]] = json.loads(path.read_text())
    return records


async def test_a_key_is_called_by_its_name_from_the_table_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with stage(connections=12, names=NAMES) as on:
        await on.poll()
        assert {"trading-prod", "research"} <= set(on.column("key"))
        await on.press("slash", *"trading", "enter")
        assert set(on.column("key")) == {"trading-prod"}
        await on.press("w")
        assert set(on.column("key")) == {f"trading-prod {KEYS[0]}"}
        await on.press("w", "E", "enter")
        await on.settle()
        assert f"trading-prod  {KEYS[0]}" in on.text()
        records = exported(tmp_path)
        assert len(records) == on.table.row_count
        for record in records:
            assert record["apikeyName"] == "trading-prod"
            inside = str(record["ipAddress"]).startswith("203.0.113.")
            assert record["clientName"] == ("Frankfurt" if inside else None)
            first = str(record["host"]).startswith("ws-server-01.")
            assert record["hostName"] == ("gateway one" if first else None)


@pytest.mark.slow
async def test_the_pane_takes_a_name_and_asks_by_the_id() -> None:
    async with stage(connections=12, names=NAMES, size=(80, 24)) as on:
        await on.poll()
        await go_to(on, "api_key_id")
        await on.press("enter", *"nobody", "enter")
        assert "this is neither an API key id" in " ".join(on.text().split())
        await on.press("enter", *["backspace"] * 6, *"Research", "enter")
        await on.poll()
        assert last_request(on) == {"activeOnly": "true", "apiKeyId": KEYS[1]}
        assert "key research" in on.text()
