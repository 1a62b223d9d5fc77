"""Bindings: each has an id for the keymap, a word for the footer, and a sentence for help."""

from textual.binding import Binding


def bind(
    keys: str, action: str, word: str, name: str, sentence: str, show: bool = False
) -> Binding:
    """One binding.

    Args:
        keys: keys, separated by commas.
        action: the action that they run.
        word: its name in footer and palette.
        name: its id, for ``[keys]`` in the configuration.
        sentence: what it does, for help.
        show: whether it stands in the footer.
    """
    return Binding(keys, action, word, show=show, id=name, tooltip=sentence)
