"""The front: HTTP, TLS, sockets; where all rooms are joined."""
