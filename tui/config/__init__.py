"""Settings, contexts and where the API key comes from.

A context is one organization's view: an address and the place of its key. Nothing in here ever
shows a key: not in an error, not in a repr, not in what ``config show`` prints.
"""

from tui.config.file import ConfigError, config_path
from tui.config.model import Context, LowBandwidth, Settings
from tui.config.reading import load
from tui.config.target import Target, key_needed, read_ahead, resolve

__all__ = [
    "ConfigError",
    "Context",
    "LowBandwidth",
    "Settings",
    "Target",
    "config_path",
    "key_needed",
    "load",
    "read_ahead",
    "resolve",
]
