"""Reports to the province: seen, settled, released, opened number by number, and set up."""
