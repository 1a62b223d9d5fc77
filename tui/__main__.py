"""``python -m tui`` and the ``conntop`` command."""

import sys


def main() -> int:
    """Run the command line; gives the exit code."""
    try:
        from tui.cli import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # Also while the modules are still being loaded.
        return 130


if __name__ == "__main__":
    sys.exit(main())
