"""The stand-in against the endpoint's documentation."""
