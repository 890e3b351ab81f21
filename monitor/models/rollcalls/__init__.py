"""Tables about roll-calls and messages."""
