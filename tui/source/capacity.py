"""Capacity: how many records the server is known to serve in one answer."""

from dataclasses import dataclass

from tui.core.query import DEFAULT_LIMIT

FLOOR = 10
"""Records that every endpoint serves in one answer: none has a cap below that."""


@dataclass(slots=True)
class Capacity:
    """What the sizes of the answers so far tell of a cap that the server may have and not name.

    That a cap is the same for all questions is assumed: nothing outside would show it. That it may
    change with time is not: see ``doubt``.
    """

    page: int
    """The ``limit`` that the questions carry, or the endpoint's own."""
    most: int = 0
    """Records of the largest answer so far."""
    cap: int | None = None
    """Records of an answer that lacked some although it was smaller than asked for."""
    _before: int = 0

    def note(self, served: int) -> None:
        """There was an answer of this size."""
        self.most = max(self.most, served)

    def doubt(self, served: int) -> None:
        """What larger answers have proved may be so no longer; ``served`` is the largest now."""
        self._before = max(self.most, self._before)
        self.most = served

    def settle(self) -> None:
        """Nothing was lacking: what larger answers have proved still holds, unless it is capped."""
        if not self.is_capped:
            self.most = max(self.most, self._before)
        self._before = 0

    @property
    def is_capped(self) -> bool:
        """Whether the largest answer so far is known to have lacked records."""
        return self.cap is not None and self.most <= self.cap

    @property
    def proven(self) -> int:
        """Records below which an answer is whole: the server has served more in one."""
        return min(self.page, max(self.most, FLOOR))

    def may_lack(self, served: int, limit: int) -> bool:
        """Whether an answer may be cut that cannot be asked again in parts.

        The documentation speaks for a cap of at least its default, unless a lower one was seen.
        """
        trusted = max(self.most, FLOOR if self.is_capped else DEFAULT_LIMIT)
        return served >= min(limit, trusted)


def has_shrunk(before: int, now: int) -> bool:
    """Whether so many fewer records than a poll before may come of a cap that has fallen."""
    return now < before - max(2, before // 50)
