"""Real gateways, a real endpoint, and conntop's own way from the question to what it tells."""
