"""``conntop metrics``: the fleet as Prometheus sees it."""
