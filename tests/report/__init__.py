"""The fronts without a screen."""
