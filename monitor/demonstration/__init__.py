"""What `quarantine demo` fills an empty database with; everybody in it is invented."""
