"""``python -m tui`` and the ``conntop`` command."""

import gc
import sys

_YOUNG = 20_000
"""Objects made before the collector looks at them. A start makes many that all stay: with
Python's own 700 a sixth of it would be spent looking at them, again and again."""

_OLD = 100
"""Looks at the younger objects before it looks at all, which over a large fleet holds up the screen
for 70 ms. With Python's own 10 that comes every few polls."""


def main() -> int:
    """Run the command line; gives the exit code."""
    gc.set_threshold(_YOUNG, 10, _OLD)
    try:
        from tui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # Also while the modules are still being loaded.
        return 130
    except Exception as error:  # noqa: BLE001  # Python would print whatever is in its text
        from tui.cli.crash import tell

        tell(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
