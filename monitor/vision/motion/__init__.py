"""Motion in a camera's pictures."""
