"""What the pure core promises."""
