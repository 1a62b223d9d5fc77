"""What holds for all tests."""


def pytest_make_parametrize_id(config: object, val: object, argname: str) -> str | None:
    """Packed bytes hold the time of packing: as a name they would differ between two workers."""
    return argname if isinstance(val, bytes) else None
