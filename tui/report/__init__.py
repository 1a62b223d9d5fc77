"""The fronts without a screen: stdout is data, stderr is narration."""

FORMATS = ("table", "wide", "json", "ndjson", "csv")
"""The formats of ``list``: two for people, three for programs."""

EXPORTS = ("parquet", "csv", "ndjson")
"""The formats of ``export``."""
SETS = ("heartbeats", "connections", "states", "events", "polls", "gaps")
"""What it exports, as ``tui.archive.sets`` has them."""
FILTERED = ("heartbeats", "connections", "states")
"""Those whose rows a filter can be asked about."""
