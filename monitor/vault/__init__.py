"""Personal files, encrypted at rest, and their keys."""
