"""How the screen says that it has failed: to whoever runs it, and not on the terminal."""


class ScreenCrash(Exception):  # noqa: N818  # what it is called everywhere
    """A mistake of ours has ended the screen. The mistake is the cause of this."""
