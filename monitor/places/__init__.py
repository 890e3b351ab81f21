"""Places: zones, rooms, and the parts of a camera's picture."""
