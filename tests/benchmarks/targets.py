"""What the numbers are to be.

There are no timed assertions: a target is printed beside its number with whether it is met, and a
reader judges. They were set on a quiet machine with two cores of 2024; a slower one misses more.
"""

LONGEST_STALL = {1_000: 20.0, 10_000: 30.0, 100_000: 60.0}
"""Milliseconds for which the event loop may be held, by connections, in steady refreshes."""
KEY_MEDIAN, KEY_P99 = 20.0, 60.0
"""Milliseconds from an arrow key to its effect on the terminal, while refreshes go on."""
QUIET_KEY, QUIET_SCROLL = 5.0, 12.0
"""Milliseconds from a key to its effect while nothing else goes on: in view, and scrolling."""
SCROLL_BYTES = 11_000.0
"""Bytes of a step that scrolls."""
BYTES = 2_200.0
"""Bytes a second while some forty ages tick: the median of a steady minute."""
LOW_SHARE = 0.1
"""Bytes with ``--low-bandwidth`` by those without: the median of a minute, as for ``BYTES``,
and the average."""
TICKS_CPU, POLLS_CPU = 1.0, 2.0
"""Per cent of a core: ages alone, and with a poll every five seconds."""
FIRST_ROWS = 1.3
"""Start to first rows, by that of the least app that shows the same answer."""
FIRST_ROWS_BY_SIZE = 2.0
"""First rows of 100,000 connections by those of 1,000."""
MEMORY = 600.0
"""MiB of 100,000 connections after an hour."""
GROWTH = 1.03
"""Memory after a day by memory after its first hour: a flat line, but for the noise of pages."""
HEAVY = 0.0
"""Modules that ``--version`` and ``--help`` load of those that only the screen needs."""
PACKED = "gzip or br"
"""Both are offered to the endpoint (``tui/source/unpack.py``)."""
NOT_FIRST, CLAIMED = 5.0, 1.0
"""Per cent of the incidents: a planted cause that is not the first line of Why, and a line where
there is no cause."""
EXPLAINED = 100.0
"""Milliseconds to explain what some of 100,000 connections have in common."""
CLAIM = 1.25
"""What the past in memory takes, by what it says that it takes."""
OPENED = 200.0
"""Milliseconds to look at any instant of a recorded week of 1,000 connections."""
LOOK_BACK = 3.0
"""Seconds to look at a former moment of 100,000 connections."""
DAY_OF_FILE = 60.0
"""MB that a day takes on disk, of 1,000 connections asked for every ten seconds."""
ADD = 20.0
"""Milliseconds to write a poll of 1,000 connections."""
OPENED = 200.0
"""Milliseconds to open any moment of a recording."""
