"""All tables, typed."""
