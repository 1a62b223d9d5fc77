"""The app through its own eyes: the pilot before the real stand-in, over a real socket."""
