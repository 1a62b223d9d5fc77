"""Reads what Textual writes, for the model of the screen."""

import re

from tui.view.output.screen import Screen

_TOKEN = re.compile(
    r"""
      \x1b\[ (?P<style> [0-9;:]* ) m
    | (?P<text> [^\x00-\x1f\x7f-\x9f]+ )
    | \x1b\[ (?P<place> [0-9]* (?: ; [0-9]* )? ) H
    | (?P<line> \n )
    | \x1b\[\? (?P<mode> [0-9;]+ ) (?P<on> [hl] )
    | (?P<aside>
          \x07                                             # bell
        | \x1b\] [^\x07\x1b]*+ (?: \x07 | \x1b\\ )         # OSC: titles, clipboard
        | \x1b[PX^_] (?: [^\x1b]++ | \x1b[^\\] )*+ \x1b\\  # DCS and its like; ESC may be doubled
        | \x1b\[ [<=>?] [0-9;:]* u                         # keyboard protocol
        | \x1b\[ [0-?]* [ -/]+ [@-~]                       # questions about modes, cursor's shape
        | \x1b\[ [0-?]* [ct]                               # questions about the terminal
      )
    | (?P<other>
          \x1b\[ [0-?]* [@-~]
        | \x1b [ -/]* [0-OQ-WYZ\\`-~]
        | [\x00-\x1a\x1c-\x1f\x7f-\x9f]
      )
    | (?P<begun> \x1b (?:
          [ -/]*
        | \[ [0-?]* [ -/]*
        | \] [^\x07\x1b]*+ \x1b?
        | [PX^_] (?: [^\x1b]++ | \x1b[^\\] )*+ \x1b?
      ) \Z )
    | (?P<stray> \x1b )
    """,
    re.VERBOSE,
)
"""Each character belongs to one of these."""
_LONGEST = 4_000_000
"""Characters of a sequence after which its end is not waited for any more."""
_SYNC, _CURSOR = "2026", "25"
_OF_THE_SCREEN = {"3", "6", "47", "69", "1047", "1048", "1049"}
"""Private modes that change what is on the screen, or where on it things go."""


class Stream:
    """Feeds a model with text, wherever that is cut in pieces."""

    def __init__(self, screen: Screen) -> None:
        """``screen`` is the model."""
        self._screen = screen
        self._begun = ""

    def feed(self, text: str) -> None:
        """Read more."""
        screen = self._screen
        text, self._begun = self._begun + text, ""
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "text":
                screen.write(token[0])
            elif kind == "style":
                screen.restyle(token["style"])
            elif kind == "place":
                row, _, column = token["place"].partition(";")
                screen.go(max(int(row or 1), 1) - 1, max(int(column or 1), 1) - 1)
            elif kind == "line":
                screen.new_line()
            elif kind == "on":
                self._switch(token[0], token["mode"].split(";"), token["on"] == "h")
            elif kind == "aside":
                screen.pass_by(token[0])
            elif kind == "begun" and len(token[0]) < _LONGEST:
                self._begun = token[0]
            else:
                screen.pass_through(token[0])

    def end(self) -> None:
        """Nothing comes any more: pass on what was begun."""
        if self._begun:
            self._screen.pass_through(self._begun)
            self._begun = ""

    def _switch(self, sequence: str, modes: list[str], on: bool) -> None:
        if modes == [_SYNC]:
            # What is sent has other begins and ends.
            self._screen.can_sync = True
        elif _OF_THE_SCREEN.intersection(modes):
            self._screen.pass_through(sequence)
        else:
            if _CURSOR in modes:
                self._screen.cursor_is_seen = on
            self._screen.pass_by(sequence)
