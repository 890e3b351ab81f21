"""Administrative units: from the file that the product brings into the tables, and found by what people type."""
