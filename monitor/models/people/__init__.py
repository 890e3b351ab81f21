"""Tables about people."""
