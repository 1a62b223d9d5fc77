"""Tests of the exporter for Prometheus."""
