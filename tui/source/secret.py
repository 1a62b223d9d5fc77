"""A secret in memory."""


class Secret:
    """A text that is in no repr, and so in no log and in no traceback that shows values.

    >>> Secret("abc")
    Secret('••••')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret('••••')"

    def get_secret_value(self) -> str:
        """The text itself, for the one place that has to send it."""
        return self._text
