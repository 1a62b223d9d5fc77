"""Bindings: each has an id for the keymap, a word for the footer, and a sentence for help."""

from textual.binding import Binding


def bind(
    keys: str,
    action: str,
    word: str,
    name: str,
    sentence: str,
    *,
    show: bool = False,
    at_once: bool = False,
) -> Binding:
    """One binding.

    Args:
        keys: keys, separated by commas.
        action: the action that they run.
        word: its name in footer and palette.
        name: its id, for ``[keys]`` in the configuration.
        sentence: what it does, for help.
        show: whether it stands in the footer.
        at_once: whether it acts before the next key is looked at, so that keys typed right behind
            it go where it leads. It has to be declined (``check_action``) while text is typed.
    """
    return Binding(keys, action, word, show=show, priority=at_once, id=name, tooltip=sentence)
