"""The fronts without a screen: data on stdout, narration on stderr."""
