"""The board: every fault and every hostile input that conntop has to live through."""
