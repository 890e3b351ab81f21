"""Health declarations: forms as data, what people of the public declared, and whether that is in force."""
