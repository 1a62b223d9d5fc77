"""The stand-in does what its documentation and its settings say."""
