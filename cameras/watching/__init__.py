"""Watching one camera."""
