"""People: what all rooms need to know about them."""
