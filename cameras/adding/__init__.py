"""Taking cameras into use, and what people ask to be done with them."""
