"""A secret is shown by nothing that shows values."""

import copy
from dataclasses import asdict, dataclass

from tests.canary import CANARY
from tui.source.secret import Secret


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
