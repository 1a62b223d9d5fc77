"""The view, as far as it is pure: lines, bars and words without a screen."""
