"""Where these tests can run: processes are looked at through ``/proc``."""

from pathlib import Path

collect_ignore_glob = [] if Path("/proc/self/stat").exists() else ["test_*.py"]
