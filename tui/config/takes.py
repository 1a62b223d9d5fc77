"""What a setting takes, said beside its type."""

from dataclasses import dataclass
from typing import Any, get_type_hints


@dataclass(frozen=True, slots=True)
class Takes:
    """What a setting takes, in words: for the documentation and for errors."""

    words: str


def hints(model: type) -> dict[str, Any]:
    """The annotations of the fields by their names, with all that is said in them."""
    return get_type_hints(model, include_extras=True)


def takes(hint: Any) -> str:
    """What a field of this annotation takes, in words."""
    said = getattr(hint, "__metadata__", ())
    return next((one.words for one in said if isinstance(one, Takes)), "text")
