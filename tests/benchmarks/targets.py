"""What the numbers are to be, each with the words that it comes from.

There are no timed assertions: a target is printed beside its number, and a reader judges.
"""

FLAT = "flat"
"""All that is kept of the past is bounded by constants of ``tui/core``."""
NOTHING_HEAVY = "0"
"""No command loads what only the screen needs (``tui/cli`` imports it where it is needed)."""
PACKED = "gzip or br"
"""Both are offered to the endpoint (``tui/source/unpack.py``)."""
NOT_FELT = "≤ 50"
"""Milliseconds from a key to its effect that nobody feels."""
NEAR_FLOOR = "near the floor"
"""What the framework costs by itself cannot be gone below."""
