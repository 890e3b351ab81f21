"""Health declarations in the console: looked up, entered by staff, read for a purpose, and the form they are made on."""
