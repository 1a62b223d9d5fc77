"""The keys of the main screen: what each does, in one word and in one sentence."""

from dataclasses import replace

from textual.binding import Binding, BindingType

from tui.core.saved_view import NUMBERS
from tui.view.keys import bind

_VIEWS = Binding.Group("take a saved view")

MAIN_KEYS: list[BindingType] = [
    bind("slash", "find", "Find", "find", "filter what is shown", show=True, at_once=True),
    bind("f", "filters", "Filters", "filters", "the filter pane: what is asked", show=True),
    bind("tab", "next_pane", "Next pane", "next-pane", "go to the next pane"),
    bind("x", "clear_query", "Clear query", "clear-query", "ask for all live connections"),
    bind("s", "sort", "Sort", "sort", "choose the column to sort by", show=True),
    bind("less_than_sign", "sort_beside(-1)", "Sort left", "sort-left", "sort one column left"),
    bind("greater_than_sign", "sort_beside(1)", "Sort right", "sort-right", "… one column right"),
    bind("I", "invert", "Invert", "invert", "turn the order round"),
    bind("e", "events", "Events", "events", "the event log", show=True, at_once=True),
    bind("W", "why", "Why", "why", "what the dropped have in common", show=True, at_once=True),
    bind("D", "diff", "Diff", "diff", "then against now: gone, new, moved", at_once=True),
    bind("t", "groups", "Group", "groups", "by host, client …: the worst", show=True, at_once=True),
    bind("H", "handover", "Handover", "handover", "a note for others", show=True, at_once=True),
    bind("left_square_bracket", "step_time(-1)", "Rewind", "rewind", "one poll back", show=True),
    bind("right_square_bracket", "step_time(1)", "On", "rewind-on", "one poll on, up to live"),
    bind("left_curly_bracket", "change_time(-1)", "Change back", "change-back", "back to a change"),
    bind("right_curly_bracket", "change_time(1)", "Change on", "change-on", "on to a change"),
    bind("at", "time", "Time", "go-to-time", "go to a time: 03:12, -15m"),
    bind("L", "live", "Live", "live", "leave the past: live again", show=True),
    bind("n", "problem(1)", "Problem", "next-problem", "next one in trouble", show=True),
    bind("N", "problem(-1)", "Problem back", "previous-problem", "previous one in trouble"),
    bind("w", "wide", "Wide", "wide", "all columns, or those that fit"),
    bind("C", "columns", "Columns", "columns", "choose the columns and their order"),
    *(
        replace(
            bind(str(n), f"view({n})", f"View {n}", f"view-{n}", f"take the saved view {n}"),
            group=_VIEWS,
        )
        for n in NUMBERS
    ),
    bind("0", "view(0)", "All", "view-all", "all live connections, as at the start"),
    bind("V", "save_view", "Save view", "save-view", "save what is shown as a view"),
    bind("c", "contexts", "Contexts", "contexts", "choose whom to watch: one context, or several"),
    bind("F", "follow", "Follow", "follow", "keep the connection in view, or let it go"),
    bind("O", "hold", "Hold order", "hold", "keep the rows where they are, or let them go"),
    bind("p", "pause", "Pause", "pause", "stop asking, or go on", show=True),
    bind("R", "refresh_now", "Refresh", "refresh", "ask now"),
    bind("plus", "interval(1)", "Slower", "slower", "a longer interval; a recording faster"),
    bind("minus", "interval(-1)", "Faster", "faster", "a shorter interval; a recording slower"),
    bind("y", "take('id')", "Copy id", "copy-id", "copy the connection's id"),
    bind("Y", "take('record')", "Copy record", "copy-record", "copy the record as JSON"),
    bind("E", "export", "Export", "export", "write the rows shown to a JSON file"),
    bind("S", "scenario", "Scenario", "scenario", "the demo: choose what happens to the fleet"),
    bind("escape", "back", "Back", "back", "close the detail, then clear the filter"),
    bind("q", "back_or_quit", "Quit", "quit", "close what is open, then quit", show=True),
]
"""In the order of help and footer."""
