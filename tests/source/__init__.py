"""What the sources promise, over real sockets where sockets matter."""
