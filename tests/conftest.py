"""What holds for all tests."""

from hypothesis import settings

# Enough to find what is wrong within some runs; the whole suite has three minutes.
settings.register_profile("suite", max_examples=35)
settings.load_profile("suite")


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """Packed bytes hold the time of packing: as a name they would differ between two workers."""
    return argname if isinstance(val, bytes) else None
