"""Only what changed reaches the terminal.

Textual writes whole lines, each segment with its colours in full. That text is not sent: it is
read (``stream``) into a model of the screen (``screen``, on ``grid``), and what differs from what
the terminal shows is sent instead (``brush``, ``difference``, ``shift``), in few bytes. While the
terminal is slow, frames are folded into one another, so that the newest always comes next.

``lean_driver`` is the part that Textual sees, ``terminal`` the one that writes. All else is pure.
"""
