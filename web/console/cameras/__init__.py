"""Pages about cameras."""
