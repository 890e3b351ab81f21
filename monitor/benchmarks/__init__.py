"""What the shared core measures; loaded only by `quarantine bench`."""
