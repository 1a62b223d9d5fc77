"""Measurements of the whole program, as ratios in one run; see README.md here. No tests."""
