"""What ``conntop monitor`` hands to the screen, and when there is none."""

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Served
from tests.cli.program import KEY, Run
from tui.config import ConfigError
from tui.core.grammar import parse_filter
from tui.core.history import SIZE, SPAN
from tui.core.names import NO_NAMES, Names
from tui.core.query import Query
from tui.core.saved_view import SavedView
from tui.source.base import SourceError
from tui.source.console_api import ConsoleApi
from tui.source.last_records import LastRecords
from tui.source.late import LateSource


class Screen:
    """Stands where the screen would be, and notes what it was given."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}
        self.welcomed: Path | None = None
        self.wants_demo = False
        self.act: Callable[[dict[str, Any]], None] = lambda given: None

    def run_monitor(self, **given: Any) -> int:
        self.given = given
        self.act(given)
        return 0

    def run_welcome(self, config_path: Path) -> bool:
        self.welcomed = config_path
        return self.wants_demo


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A terminal, and a screen that ends at once."""
    made = Screen()
    module: Any = types.ModuleType("tui.view.run")
    module.run_monitor = made.run_monitor
    module.run_welcome = made.run_welcome
    monkeypatch.setitem(sys.modules, "tui.view.run", module)
    monkeypatch.setattr("tui.cli.terminal.is_terminal", lambda stream: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    return made


def watched(screen: Screen) -> tuple[str, str]:
    """The one context that the screen was given, and whom it asks."""
    [feed] = screen.given["feeds"]
    return feed.context, feed.host


def write(home: Path, text: str) -> None:
    path = home / ".config/conntop/config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("command", [[], ["monitor"]])
def test_the_monitor_is_the_default(
    run: Run, screen: Screen, example: Served, command: list[str]
) -> None:
    ran = run(*command)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    [feed] = screen.given.pop("feeds")
    late = feed.source
    assert isinstance(late, LateSource)
    source = late._make()
    assert isinstance(source, LastRecords)
    assert isinstance(source._direct, ConsoleApi)
    assert source._direct.endpoint.base == example.url
    # What the source brings first is what the screen looks for.
    assert source._direct._foretaste is feed.foretaste
    assert (feed.context, feed.host) == ("default", example.url.removeprefix("http://"))
    room = screen.given.pop("room")
    assert (room.span, room.size) == (SPAN, SIZE)
    assert screen.given == {
        "contexts": {},
        "query": Query(),
        "every": 5.0,
        "condition": parse_filter(""),
        "keymap": {},
        "client": ("key", "client", "service", "protocol"),
        "names": NO_NAMES,
        "views": {},
        "alarms": None,
        "low_bandwidth": "auto",
        "program": ("conntop", "--url", example.url),
        "post": None,
    }


def test_the_options(run: Run, screen: Screen, example: Served) -> None:
    run("--service", "coinapi-ws", "--all", "--limit", "10", "--every", "2", "--filter", "beat>30")
    assert screen.given["query"] == Query(service="coinapi-ws", active_only=False, limit=10)
    assert screen.given["every"] == 2.0
    assert screen.given["condition"] == parse_filter("beat>30")


def test_the_settings(
    run: Run, screen: Screen, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        home,
        """
        context = "prod"
        every = 20
        [contexts.prod]
        url = "https://prod.example.com"
        [contexts.test]
        url = "https://test.example.com"
        [keys]
        quit = "x"
        [names.hosts]
        ws-server-01 = "gateway one"
        """,
    )
    monkeypatch.setenv("CONNTOP_API_KEY", KEY)
    assert run().code == 0
    assert screen.given["names"] == Names(hosts={"ws-server-01": "gateway one"})
    assert watched(screen) == ("prod", "prod.example.com")
    assert (screen.given["every"], screen.given["keymap"]) == (20.0, {"quit": "x"})
    run("--context", "test", "--every", "3")
    assert watched(screen) == ("test", "test.example.com")
    assert screen.given["every"] == 3.0
    run("--url", "https://other.example.com")
    assert watched(screen) == ("prod", "other.example.com")


TWO = """
[contexts.prod]
url = "https://prod.example.com"
api_key_env = "PROD_KEY"
[contexts.eu]
url = "https://eu.example.com"
api_key_env = "EU_KEY"
[contexts.none]
url = "https://none.example.com"
"""


def test_several_contexts_are_asked_at_once_and_each_can_be_changed_to(
    run: Run, screen: Screen, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, TWO)
    assert run("--context", "eu", "--context", "prod", "--context", "eu").code == 0
    feeds = screen.given["feeds"]
    assert [one.context for one in feeds] == ["eu", "prod"]
    assert [one.host for one in feeds] == ["eu.example.com", "prod.example.com"]
    contexts = screen.given["contexts"]
    assert list(contexts) == ["prod", "eu", "none"]
    # The key is read when somebody wants to change, and by nobody before.
    with pytest.raises(SourceError, match="the variable PROD_KEY is not set"):
        contexts["prod"]()
    with pytest.raises(ConfigError, match="the context none: there is no API key"):
        contexts["none"]()
    monkeypatch.setenv("PROD_KEY", KEY)
    assert contexts["prod"]().context == "prod"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--context", "eu", "--context", "nope"), "there is no context nope"),
        (("--context", "eu", "--context", "none"), "the context none: there is no API key"),
        (("list", "--context", "eu", "--context", "prod"), "only the monitor takes several"),
        (("--context", "eu", "--context", ""), "it is empty"),
    ],
)
def test_contexts_that_cannot_be_watched_are_told_of(
    run: Run, screen: Screen, home: Path, args: tuple[str, ...], sentence: str
) -> None:
    write(home, TWO)
    ran = run(*args)
    assert ran.code == 2
    assert sentence in ran.sentence
    assert screen.given == {}


def test_the_screen_gets_the_saved_views(run: Run, screen: Screen, home: Path) -> None:
    write(home, '[views.2]\nname = "two"\ngroup = "host"\n')
    assert run("demo", "--connections", "2").code == 0
    assert screen.given["views"] == {2: SavedView("two", group="host")}


def test_a_view_that_cannot_be_used_is_told_of(run: Run, screen: Screen, home: Path) -> None:
    write(home, '[views.2]\nsort = "nope"\n')
    ran = run("demo")
    assert ran.code == 2
    assert "views.2.sort in " in ran.sentence
    assert "names nope, which is no column; there are state, beat, id" in ran.sentence


def test_the_exit_code_is_the_screens(run: Run, screen: Screen, example: Served) -> None:
    def fail(given: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    screen.act = fail
    assert run().code == 130


def test_without_a_key_somebody_is_welcomed(run: Run, screen: Screen, home: Path) -> None:
    assert run().code == 0
    assert screen.welcomed == home / ".config/conntop/config.toml"
    assert screen.given == {}


@pytest.mark.slow
def test_whoever_chose_the_demo_gets_it(run: Run, screen: Screen) -> None:
    screen.wants_demo = True
    assert run("--service", "coinapi-ws").code == 0
    assert screen.given["feeds"][0].context == "demo"
    assert screen.given["query"] == Query(service="coinapi-ws")


@pytest.mark.parametrize("name", ["dumb", ""])
def test_a_terminal_that_cannot_draw(
    run: Run, screen: Screen, example: Served, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TERM", name)
    ran = run()
    assert ran.code == 2
    assert ran.sentence == "this terminal cannot draw (TERM is dumb or not set); use conntop list"
    assert screen.given == {}


def test_no_key_is_sent_where_it_could_be_read(run: Run, screen: Screen, example: Served) -> None:
    ran = run("--url", "http://example.com")
    assert ran.code == 2
    assert ran.sentence == (
        "--url: http://example.com is not encrypted, so the API key is not sent there: use https"
    )
    assert screen.given == {}


def test_settings_that_cannot_be_used(
    run: Run, screen: Screen, home: Path, example: Served
) -> None:
    write(home, f'api_key = "{KEY}"')
    for args in ([], ["list"], ["demo"], ["config", "show"]):
        ran = run(*args)
        assert ran.code == 2
        assert "holds an API key, which does not belong there" in ran.sentence
    assert run("config", "check").code == 1
    assert run("config", "path").code == 0


@pytest.mark.slow
def test_the_demo(run: Run, screen: Screen, example: Served) -> None:
    import asyncio

    seen: dict[str, Any] = {}

    def look(given: dict[str, Any]) -> None:
        async def ask() -> None:
            async with asyncio.timeout(20):
                seen["answer"] = await given["feeds"][0].source.fetch(given["query"])
            await given["feeds"][0].source.aclose()

        asyncio.run(ask())
        demo = given["demo"]
        seen["before"] = demo.scenario
        demo.switch("server-crash")
        seen["after"] = demo.scenario
        seen["scenarios"] = dict(demo.scenarios)
        seen["demo"] = demo

    screen.act = look
    ran = run("demo", "--connections", "40", "--seed", "3", "--service", "coinapi-ws")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert (screen.given["feeds"][0].context, screen.given["every"]) == ("demo", 5.0)
    assert 0 < len(seen["answer"].records) <= 41
    assert {one.service for one in seen["answer"].records} == {"coinapi-ws"}
    assert (seen["before"], seen["after"]) == ("calm", "server-crash")
    assert "region-loss" in seen["scenarios"]
    assert all(seen["scenarios"].values())
    # The stand-in ends with the screen, and says so as the screen expects it.
    with pytest.raises(OSError, match="refused"):
        seen["demo"].switch("calm")


def test_a_demo_ends_its_stand_in_whatever_happens(run: Run, screen: Screen) -> None:
    def fail(given: dict[str, Any]) -> None:
        given["feeds"][0].source._make()
        raise KeyboardInterrupt

    screen.act = fail
    assert run("demo", "--connections", "2", "--scenario", "api-429").code == 130
    demo = screen.given["demo"]
    assert demo.scenario == "api-429"
    with pytest.raises(OSError, match="refused"):
        demo.switch("calm")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "options", "wish"),
    [
        ("", [], "auto"),
        ("", ["--low-bandwidth"], "on"),
        ('low_bandwidth = "on"', [], "on"),
        ('low_bandwidth = "off"', [], "off"),
        ('low_bandwidth = "off"', ["--low-bandwidth"], "on"),
    ],
)
@pytest.mark.parametrize("command", ["monitor", "demo"])
def test_a_slow_line_is_told_of_by_the_option_or_the_file(
    run: Run,
    screen: Screen,
    example: Served,
    home: Path,
    command: str,
    text: str,
    options: list[str],
    wish: str,
) -> None:
    write(home, text)
    assert run(command, *options).code == 0
    assert screen.given["low_bandwidth"] == wish
