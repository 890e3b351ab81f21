"""Tables about cameras."""
