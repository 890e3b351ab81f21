"""Pages about plans, rounds and the ward."""
