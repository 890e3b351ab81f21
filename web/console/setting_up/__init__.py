"""The first pages of an installation, and how whole it is."""
