"""Options that are known only once their command is looked at.

They come from the stand-in, which is too heavy to load for the sake of ``conntop --help``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import click


class LateOptions(click.Command):
    """A command of which some options are made when they are first needed."""

    def __init__(
        self, *args: Any, late: Callable[[], Sequence[click.Option]] | None = None, **values: Any
    ) -> None:
        super().__init__(*args, **values)
        self._late = late

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """All options, those of now included."""
        if self._late is not None:
            make, self._late = self._late, None
            self.params = [*self.params, *make()]
        return super().get_params(ctx)


def scenario_option() -> click.Option:
    """``--scenario``, with the names that the stand-in knows."""
    from tui.standin.scenarios import SCENARIOS

    return click.Option(
        ["--scenario"],
        type=click.Choice(list(SCENARIOS)),
        default="calm",
        show_default=True,
        metavar="NAME",
        help=f"What happens to the simulated fleet, or to its endpoint: {', '.join(SCENARIOS)}.",
    )


def fault_option() -> click.Option:
    """``--fault``, with the names and the sentences that the stand-in has for them."""
    from tui.standin.clock_faults import FaultError, fault_help, read_faults

    def check(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> object:
        try:
            read_faults(texts)
        except FaultError as error:
            sentence = str(error)
            raise click.BadParameter(sentence[:1].lower() + sentence[1:], ctx, param) from None
        return texts

    return click.Option(
        ["--fault", "faults"],
        multiple=True,
        callback=check,
        metavar="NAME[=VALUE]",
        help=f"What is wrong with the endpoint's clocks all along; repeat it to combine."
        f" {fault_help()}",
    )
