"""The command line, from its arguments to its exit code."""
