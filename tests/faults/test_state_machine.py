"""A plain model of the screen and the app agree, whatever is polled, broken, typed and chosen.

The app is the real one over a real socket. What it shows is read from its lines as drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from textual import events

from tests.faults.look import Look, look
from tests.faults.model import (
    FILTERS,
    NAMES,
    ORDERS,
    QUESTIONS,
    UNREADABLE,
    Model,
    Question,
    World,
)
from tests.faults.weather import FAULTS
from tests.faults.wire import Wire
from tests.stage import START, Stage, stage
from tui.core.columns import COLUMNS, with_names
from tui.core.names import NO_NAMES
from tui.core.query import Query
from tui.standin.instant import from_datetime
from tui.view.messages import QueryWanted

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_T = TypeVar("_T")
Act = Callable[[Stage], Awaitable[object]]

TURNS: SearchStrategy[list[str]] = st.lists(st.sampled_from(NAMES), max_size=3)
"""Connections to which something happens before the poll."""
BREAKS = sorted(FAULTS.keys() - {"drip", "silence", "429", "empty", "no records"})
"""Faults that take no time, ask for none, and are no answer."""
SPANS = st.sampled_from([5, 10, 10, 131, 310])


class Session:
    """One app, in one task as long as it lives, which does what it is told."""

    def __init__(self, world: World, wire: Wire) -> None:
        self._runner = asyncio.Runner()
        self._orders: asyncio.Queue[Act | None] = asyncio.Queue()
        self._done: asyncio.Queue[BaseException | None] = asyncio.Queue()
        self._life = self._runner.get_loop().create_task(self._live(world, wire))

    async def _live(self, world: World, wire: Wire) -> None:
        async with stage(served=world, wire=wire) as on:
            while (order := await self._orders.get()) is not None:
                error: BaseException | None = None
                try:
                    await order(on)
                except BaseException as raised:  # it belongs to whoever gave the order
                    error = raised
                self._done.put_nowait(error)

    def do(self, order: Act) -> None:
        """Have it done, and wait for it."""

        async def done() -> BaseException | None:
            self._orders.put_nowait(order)
            reply = asyncio.ensure_future(self._done.get())
            await asyncio.wait({reply, self._life}, return_when=asyncio.FIRST_COMPLETED)
            if not reply.done():
                reply.cancel()
                await self._life
            return await reply

        error = self._runner.run(done())
        if error is not None:
            raise error

    def end(self) -> None:
        """Leave the app; what broke in it is raised here."""

        async def ended() -> None:
            self._orders.put_nowait(None)
            await self._life

        try:
            self._runner.run(ended())
        finally:
            self._runner.close()


class UsingTheScreen(RuleBasedStateMachine):
    """Whoever polls, fails, cuts, filters, sorts, selects and pauses."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.world = World(from_datetime(START))
        self.wire = Wire()
        self.model = Model()
        self.session = Session(self.world, self.wire)
        self.seen: Look | None = None

    def teardown(self) -> None:
        self.session.end()

    def _do(self, order: Act) -> None:
        async def done(on: Stage) -> None:
            await order(on)
            # Notices lie over the rows for some seconds.
            on.app.clear_notifications()
            await on.settle()
            self.seen = look(on)

        self.session.do(done)

    def _press(self, *keys: str) -> None:
        self._do(lambda on: on.press(*keys))

    # Polls

    @initialize(names=st.lists(st.sampled_from(NAMES), unique=True, max_size=6))
    def begins(self, names: list[str]) -> None:
        for name in names:
            self.world.turn(name, -60 * NAMES.index(name) // 2)
        self._pass(5)

    @rule(seconds=SPANS, turned=TURNS, toggled=TURNS)
    def time_passes(self, seconds: int, turned: list[str], toggled: list[str]) -> None:
        self._change(turned, toggled)
        self._pass(seconds)

    @rule(fault=st.sampled_from(BREAKS), turned=TURNS)
    def a_poll_fails(self, fault: str, turned: list[str]) -> None:
        self._change(turned, [])
        self.wire.fault = FAULTS[fault]
        self._pass(10)
        self.wire.fault = None

    @rule(turned=TURNS)
    def nobody_listens(self, turned: list[str]) -> None:
        self._change(turned, [])
        self._do(lambda on: self.wire.close())
        self.wire.fault = FAULTS["reset at once"]
        self._pass(10)
        self.wire.fault = None
        self._do(lambda on: self.wire.open())

    def _change(self, turned: list[str], toggled: list[str]) -> None:
        for name in turned:
            self.world.turn(name, self.now)
        for name in toggled:
            self.world.toggle(name, self.now)

    def _pass(self, seconds: int) -> None:
        """So much time, after which the monitor asks once, or not at all while it is paused."""
        if self.model.is_failing:
            # It tries again within two intervals, and by chance earlier.
            seconds = max(seconds, 10)
        while self.model.is_on_the_edge(self.now + seconds):
            seconds += 1
        self.now += seconds

        async def passes(on: Stage) -> None:
            on.clock.advance(seconds)
            poller, asked = on.watch.poller, len(on.gate.asked)
            if poller.due is not None and poller.due <= poller.time():
                poller.refresh()
            if not self.model.is_paused:
                await on.answered()
            await on.settle()
            assert len(on.gate.asked) - asked == (not self.model.is_paused)
            assert on.gate.waiting == 0, "something is asked in a pause"

        self._do(passes)
        if not self.model.is_paused:
            self._answered()

    def _answered(self) -> None:
        """What the question brought."""
        if self.wire.fault is not None:
            self.model.fail()
            return
        asked = self.model.question
        self.model.take(self.world.found(asked.service, asked.limit), self.now)

    @rule(question=st.sampled_from(QUESTIONS))
    def something_else_is_asked(self, question: Question) -> None:
        if question == self.model.question:
            return
        self.model.question = question
        query = Query(service=question.service, limit=question.limit)

        async def asks(on: Stage) -> None:
            on.screen.post_message(QueryWanted(query))
            await on.answered()

        self._do(asks)
        self._answered()

    @rule()
    def the_query_is_cleared(self) -> None:
        if self.model.question == Question():
            self._press("x")
            return
        self.model.question = Question()
        self._do(self._press_and_be_answered("x"))
        self._answered()

    def _press_and_be_answered(self, key: str) -> Act:
        async def pressed(on: Stage) -> None:
            await on.press(key)
            asked = len(on.gate.asked)
            await on.answered()
            assert len(on.gate.asked) == asked + 1
            assert on.gate.waiting == 0

        return pressed

    @rule()
    def it_is_paused_or_goes_on(self) -> None:
        self.model.is_paused = not self.model.is_paused
        if self.model.is_paused:
            self._press("p")
        else:
            self._do(self._press_and_be_answered("p"))
            self._answered()

    @rule(turned=TURNS)
    def it_is_told_to_ask_once(self, turned: list[str]) -> None:
        self._change(turned, [])
        self._do(self._press_and_be_answered("R"))
        self._answered()

    # What is shown

    @rule(text=st.sampled_from(list(FILTERS)))
    def the_answer_is_filtered(self, text: str) -> None:
        self._type(text)
        self.model.filter_by(text)

    @rule()
    def a_filter_is_typed_that_cannot_be_read(self) -> None:
        self._type(UNREADABLE)

    def _type(self, text: str) -> None:
        """Empty the bar of /, put ``text`` into it, and go back to the table."""
        if self.model.filter:
            self._press("slash", "ctrl+u")
            self.model.filter_by("")
        else:
            self._press("slash")

        async def pasted(on: Stage) -> None:
            on.app.post_message(events.Paste(text))
            await on.settle()
            await on.press("enter")

        self._do(pasted)

    @rule()
    def the_filter_is_cleared(self) -> None:
        self._press("escape")
        self.model.filter_by("")

    @rule(order=st.sampled_from(list(ORDERS)))
    def a_column_is_sorted_by(self, order: str) -> None:
        place = [column.key for column in with_names(COLUMNS, NO_NAMES)].index(order)
        self._press("s", "g", *["j"] * place, "enter")
        self.model.sort_by(order)

    @rule()
    def the_order_is_turned_round(self) -> None:
        self._press("I")
        self.model.turn()

    @rule()
    def the_order_is_held_or_let_go(self) -> None:
        self._press("O")
        self.model.hold()

    # The cursor and the marks

    @rule(keys=st.lists(st.sampled_from("jjkgG"), min_size=1, max_size=4))
    def another_row_is_selected(self, keys: list[str]) -> None:
        self._press(*keys)
        for key in keys:
            place = self.model.place
            self.model.go({"j": place + 1, "k": place - 1, "g": 0, "G": len(NAMES)}[key])

    @rule(step=st.sampled_from([1, -1]))
    def the_next_trouble_is_sought(self, step: int) -> None:
        self._press("n" if step == 1 else "N")
        self.model.find_trouble(step)

    @rule()
    def a_row_is_marked(self) -> None:
        self._press("space")
        self.model.mark()

    @rule()
    def a_range_is_marked(self) -> None:
        self._press("v")
        self.model.mark_range()

    @rule()
    def the_marks_are_cleared(self) -> None:
        self._press("U")
        self.model.unmark()

    # What has to agree

    @invariant()
    def the_screen_is_that_of_the_model(self) -> None:
        model, seen = self.model, self.seen
        if seen is None:
            return
        assert seen.rows == [model.line(name) for name in model.shown]
        assert seen.cursor == model.cursor
        assert seen.sign == model.sign
        assert seen.is_stale == model.is_stale
        if model.at is not None:
            assert (seen.there, seen.counts) == (model.there, model.counts)


# Stories that chance tells seldom.

Step = Callable[[UsingTheScreen], object]
STORIES: dict[str, list[Step]] = {
    "the row under the cursor is filtered out between two others": [
        lambda use: use.another_row_is_selected(["j", "j", "j"]),
        lambda use: use.a_column_is_sorted_by("id"),
        lambda use: use.the_answer_is_filtered("!service:WS"),
        lambda use: use.the_filter_is_cleared(),
    ],
    "keys in an empty table choose no row": [
        lambda use: use.the_answer_is_filtered("nobody-is-called-this"),
        lambda use: use.another_row_is_selected(["G", "j", "g", "k"]),
        lambda use: use.the_filter_is_cleared(),
        lambda use: use.a_column_is_sorted_by("id"),
        lambda use: use.the_order_is_turned_round(),
    ],
    "what left is forgotten after five minutes": [
        lambda use: use.time_passes(5, [], [NAMES[0], NAMES[3]]),
        lambda use: use.time_passes(131, [], []),
        lambda use: use.time_passes(310, [], []),
    ],
    "what no cut answer has had for five minutes is forgotten, too, and not called gone": [
        lambda use: use.something_else_is_asked(Question(limit=4)),
        lambda use: use.time_passes(5, [NAMES[6], NAMES[7]], []),
        lambda use: use.time_passes(310, [], []),
    ],
    "many leave while nothing is answered": [
        lambda use: use.a_poll_fails("reset", []),
        lambda use: use.nobody_listens(list(NAMES[:3] * 2)),
        lambda use: use.time_passes(10, [], list(NAMES[3:5])),
    ],
}


@pytest.mark.board
@pytest.mark.parametrize("story", STORIES)
def test_in_a_story_the_model_and_the_app_agree(story: str) -> None:
    use = UsingTheScreen()
    try:
        use.begins(list(NAMES[:6]))
        use.the_screen_is_that_of_the_model()
        for step in STORIES[story]:
            step(use)
            use.the_screen_is_that_of_the_model()
    finally:
        use.teardown()


EXAMPLES = settings().max_examples
THOROUGH = EXAMPLES >= 100

TestUsingTheScreen = pytest.mark.board(UsingTheScreen.TestCase)
TestUsingTheScreen.settings = settings(
    max_examples=EXAMPLES // 3,
    stateful_step_count=50 if THOROUGH else 20,
    # To make a failure shorter takes minutes; twenty steps can be read.
    phases=[one for one in Phase if THOROUGH or one not in (Phase.shrink, Phase.explain)],
    suppress_health_check=[HealthCheck.too_slow],
)
