"""conntop: a terminal monitor for long-lived API connections."""

__version__ = "0.1.0"
