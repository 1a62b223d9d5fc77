"""The program as people meet it: on a real pseudo-terminal, by keys, sizes and signals."""
