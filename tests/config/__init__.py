"""Settings, contexts and the key."""
