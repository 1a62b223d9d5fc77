"""What the demo lends to the screen: a fleet whose fate can be chosen."""

from collections.abc import Sequence
from typing import Protocol


class Demo(Protocol):
    """The stand-in behind ``conntop demo``, as far as the screen needs it."""

    @property
    def scenarios(self) -> Sequence[tuple[str, str]]:
        """Names and one sentence each."""
        ...

    @property
    def scenario(self) -> str:
        """The name of the present one."""
        ...

    def switch(self, name: str) -> None:
        """Change to another scenario. Blocks; raises ``OSError`` when the stand-in is gone."""
        ...
