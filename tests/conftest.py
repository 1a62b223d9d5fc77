"""What holds for all tests."""

from hypothesis import settings

# The suite has three minutes; .ci/run goes on to try the properties as often as ever. Neither
# goes by the clock, which on a busy machine tells of the machine.
settings.register_profile("suite", max_examples=35, deadline=None)
settings.register_profile("thorough", max_examples=100, deadline=None)
settings.load_profile("suite")


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """Packed bytes hold the time of packing: as a name they would differ between two workers."""
    return argname if isinstance(val, bytes) else None
