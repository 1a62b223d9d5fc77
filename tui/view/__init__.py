"""The Textual front: values in, messages out."""
