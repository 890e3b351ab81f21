"""A telephone for the demonstration: a real message gateway, its page, and phones that answer by themselves."""
