"""The judge of servers: it plays cases over the wire and tells how they went."""
