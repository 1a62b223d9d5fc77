"""A secret is shown by nothing that shows values."""

import copy
from dataclasses import asdict, dataclass

from tui.source.secret import Secret

CANARY = "canary-7c0ffee7-do-not-show"


@dataclass
class Holder:
    """Somebody who has one."""

    secret: Secret


def test_it_is_not_shown() -> None:
    secret = Secret(CANARY)
    assert secret.get_secret_value() == CANARY
    shown = (secret, str(secret), f"{secret}", [secret], Holder(secret), asdict(Holder(secret)))
    assert CANARY not in repr(shown)
    assert copy.deepcopy(secret).get_secret_value() == CANARY
