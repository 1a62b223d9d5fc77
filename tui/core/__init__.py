"""The pure core: what is known about connections. No I/O, no clock, no screen."""
