"""What a server has to refuse, and with which error."""
