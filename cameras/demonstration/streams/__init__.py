"""The streams of a demonstration camera."""
