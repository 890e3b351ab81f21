"""Pages about one resident."""
