"""The staff console, one folder for each kind of page."""
