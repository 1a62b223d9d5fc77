"""The keys of the past where a screen lies over the main one, which does what they say."""

from textual.binding import BindingType

from tui.view.keys import bind


def past_keys(prefix: str) -> list[BindingType]:
    """Bindings of a screen that has ``action_behind``; ``prefix`` is that of its ids."""
    return [
        bind(key, f"behind('{action}')", word, f"{prefix}-{name}", sentence)
        for key, action, word, name, sentence in (
            ("left_square_bracket", "step_time(-1)", "Rewind", "rewind", "one poll back"),
            ("right_square_bracket", "step_time(1)", "On", "rewind-on", "one poll on"),
            ("left_curly_bracket", "change_time(-1)", "Change back", "change-back", "to a change"),
            ("right_curly_bracket", "change_time(1)", "Change on", "change-on", "… on to one"),
            ("L", "live", "Live", "live", "live again"),
        )
    ]
