"""The asynchronous shell: where Snapshots come from."""
