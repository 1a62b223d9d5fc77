"""The way into the past and back to the present, on the screen of one fleet."""

from textual import work

from tui.core.instant import day_text
from tui.core.rewind import Move, change, step, to
from tui.core.when import WhenError, parse_when
from tui.view import messages
from tui.view.fleet_screen import FleetScreen
from tui.view.time_bar import TimeBar
from tui.view.watch import Watch


class PastScreen(FleetScreen, inherit_bindings=False):
    """Looks at a moment of the past, or at the present. Polls go on behind it."""

    def __init__(self, watch: Watch) -> None:
        """``watch`` is what is watched; it is this screen's alone."""
        super().__init__(watch)
        self._moves: list[Move] = []
        self._is_travelling = False

    def travel(self, move: Move) -> None:
        """Look at another moment. Moves that are wished for meanwhile are made in one go."""
        self._moves.append(move)
        if not self._is_travelling:
            self._is_travelling = True
            self._travel()

    @work(group="arrange")
    async def _travel(self) -> None:
        sentence = ""
        while self._moves:
            moves, self._moves = self._moves, []
            before = self.watch_.wanted
            sentence = await self.watch_.go(moves)
            if self.watch_.wanted is not before:
                self._rearrange()
        self._is_travelling = False
        if sentence and self.app.is_running:
            self._say(f"{sentence[0].upper()}{sentence[1:]}.")

    def _say(self, words: str) -> None:
        # Only the latest word counts: a key that is held says it often.
        self.app.clear_notifications()
        self.app.notify(words, markup=False, timeout=4)

    def is_about_now(self) -> bool:
        """Whether the past is looked at, in which nothing can be changed; then it is said."""
        if self.watch_.wanted is None:
            return False
        self._say("This is the past: that is for the present. L is live again, / filters here.")
        return True

    # Keys

    def action_step_time(self, by: int) -> None:
        """Look at the poll before, or at the next one; beyond the newest is the present."""
        self.travel(step(by))

    def action_change_time(self, by: int) -> None:
        """Look at the moment before, or after, at which something was the matter."""
        self.travel(change(by))

    def action_time(self) -> None:
        """Ask for a time."""
        self.query_one(TimeBar).open()

    def on_time_wanted(self, message: messages.TimeWanted) -> None:
        """Go there, or say why there is no such time, with the text kept."""
        bar = self.query_one(TimeBar)
        if message.text is not None:
            now = self.watch_.live_now
            if now is None:
                bar.complain("the server's time is not known yet")
                return
            try:
                instant = parse_when(message.text, now)
            except WhenError as error:
                bar.complain(str(error))
                return
            if instant > now:
                bar.complain(f"{day_text(instant)} is still to come")
                return
            if instant == now:
                self.action_live()
            else:
                self.travel(to(instant))
        bar.close()
        self.table.focus()

    def action_live(self) -> None:
        """Look at the present again, whatever is under way."""
        self._moves.clear()
        if self.watch_.wanted is None:
            self._say("This is live already.")
        else:
            self.go_live()

    def go_live(self) -> None:
        """Look at the present again."""
        self.watch_.wanted = None
        self._rearrange()

    def action_diff(self) -> None:
        """Open what is different now from then; the fleet goes on behind it."""
        from tui.view.diff_screen import DiffScreen

        self._diff = DiffScreen(self.tell(), self.watch_)
        self.app.push_screen(self._diff, self._leave_diff)

    def _leave_diff(self, connection_id: str | None) -> None:
        """Go to the connection that was chosen there."""
        self._diff = None
        if connection_id is not None:
            self.go_to(connection_id)

    def go_to(self, connection_id: str) -> None:
        """Put the cursor on a connection, or say why it cannot be seen."""
        self._sought = connection_id
        if not self._seek():
            from tui.view.event_log import why_unseen

            words = why_unseen(connection_id, self.watch_.fleet, self.watch_.condition)
            self.app.notify(words, markup=False)
