"""What the monitor tells, against a fleet of which the whole life is known."""
