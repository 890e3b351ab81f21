"""Ways to a phone."""
