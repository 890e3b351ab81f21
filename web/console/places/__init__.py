"""Pages about zones."""
