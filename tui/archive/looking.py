"""ArchivePast: what was recorded of one context, to be looked at again."""

from collections.abc import Callable, Sequence

from tui.archive.reading import Recording
from tui.archive.store import RecordingError
from tui.core.fleet import Fleet
from tui.core.lineage import DEFAULT_CLIENT, ClientField
from tui.core.names import NO_NAMES, Names
from tui.core.past import Moment, PastError


class ArchivePast:
    """A ``Past`` over all of a recording that lies before what is played of it."""

    def __init__(
        self,
        recording: Recording,
        organization: str,
        here: Callable[[], int],
        *,
        client: tuple[ClientField, ...] = DEFAULT_CLIENT,
        names: Names = NO_NAMES,
    ) -> None:
        """
        Args:
            recording: what is looked at.
            organization: whose connections, as ``Recording.feed`` tells it.
            here: the place that is the present; what is later is yet to come.
            client: what tells one client from another.
            names: what people call keys, clients and hosts.
        """  # noqa: D205, D212
        self._recording = recording
        self._organization = organization
        self._here = here
        self._client, self._names = client, names

    def moments(self) -> Sequence[Moment]:
        """As ``Past`` has it.

        Raises:
            PastError: the recording cannot be read.
        """
        try:
            all_ = self._recording.moments(self._organization)
        except RecordingError as error:
            raise PastError(str(error)) from None
        here, end = self._here(), len(all_)
        while end and all_[end - 1].place > here:
            end -= 1
        return all_[:end]

    def fleet_at(self, place: int) -> Fleet:
        """As ``Past`` has it."""
        try:
            return self._recording.fleet_at(self._organization, place, self._client, self._names)
        except RecordingError as error:
            raise PastError(str(error)) from None
