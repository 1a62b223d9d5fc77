"""The past on disk."""
