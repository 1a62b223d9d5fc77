"""The fronts without a screen: stdout is data, stderr is narration."""

FORMATS = ("table", "wide", "json", "ndjson", "csv")
"""The formats of ``list``: two for people, three for programs."""
