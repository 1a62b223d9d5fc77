"""The alarms beside whoever watches a fleet: what they see goes out as letters."""

from msgspec.structs import replace

from tests.core.test_alerts import World
from tui.alert.alarms import Alarms
from tui.alert.channel import Letter
from tui.alert.notifier import Notifier
from tui.core.alert_rules import parse_rule
from tui.core.fleet import Fleet


class Kept(Notifier):
    """Keeps what it is to deliver."""

    def __init__(self, letters: list[Letter]) -> None:
        super().__init__([])
        self.letters = letters

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)


class Watched:
    """A world, and alarms that see it."""

    def __init__(self, *rules: str, messages: int = 6) -> None:
        self.world = World()
        self.letters: list[Letter] = []
        self.alarms = Alarms(
            [replace(parse_rule(one), cooldown=0.0) for one in rules],
            Kept(self.letters),
            messages=messages,
            time=lambda: self.world.time,
        )

    async def answers(self, silent: int = 0) -> None:
        self.world.answers(silent)
        await self.alarms.see("prod", self.world.fleet)

    def firing(self) -> int:
        return len(self.alarms.firing)

    async def fails(self) -> None:
        self.world.fails()
        await self.alarms.see("prod", self.world.fleet)


async def test_what_fires_is_a_letter_and_its_end_is_one() -> None:
    watched = Watched("silent > 5", "silent > 10%", "link down")
    await watched.answers()
    await watched.answers(silent=6)
    assert [one.text.count("⚑") for one in watched.letters] == [2], "together"
    assert watched.firing() == 2
    for _ in range(8):
        await watched.answers()
    assert [one.severity for one in watched.letters] == ["warning", "ok"]
    assert watched.firing() == 0


async def test_time_alone_makes_an_outage_longer_and_lets_out_what_was_held_back() -> None:
    watched = Watched("link down for 1m", "silent > 5", messages=1)
    await watched.answers()
    await watched.answers(silent=6)
    await watched.fails()
    for _ in range(59):
        watched.world._pass(10)
        watched.alarms.tick()
    assert len(watched.letters) == 1
    assert [one.rule.text for one in watched.alarms.firing] == ["link down for 1m", "silent > 5"]
    watched.world._pass(10)
    watched.alarms.tick()
    assert [one.title for one in watched.letters] == [
        "conntop prod: ALERT silent > 5",
        "conntop prod: ALERT link down for 1m",
    ]


async def test_without_rules_nothing_is_looked_at() -> None:
    alarms = Alarms([], Notifier([]))
    await alarms.see("prod", Fleet())
    alarms.tick()
    assert alarms.firing == ()
    assert not alarms.waits


async def test_each_context_is_judged_by_itself() -> None:
    rules = [parse_rule("live < 15"), parse_rule("link down"), parse_rule("silent > 5")]
    rules[2] = replace(rules[2], context="prod")
    letters: list[Letter] = []
    worlds = {"prod": World(), "test": World()}
    alarms = Alarms(rules, Kept(letters), time=lambda: worlds["prod"].time)

    async def polls(**silent: int | None) -> None:
        for name, number in silent.items():
            world = worlds[name]
            world.fails() if number is None else world.answers(number)
            await alarms.see(name, world.fleet)

    for _ in range(3):
        await polls(prod=0, test=0)
    await polls(prod=6, test=6)
    await polls(prod=6, test=None)
    assert [(one.title, one.context) for one in letters] == [
        ("conntop prod: ALERT silent > 5", "prod"),
        ("conntop test: ALERT link down", "test"),
    ]
    assert {(one.context, one.rule.text) for one in alarms.firing} == {
        ("prod", "silent > 5"),
        ("test", "link down"),
    }
    alarms.keep(["prod"])
    assert [one.context for one in alarms.firing] == ["prod"]
