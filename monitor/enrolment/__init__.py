"""People entered and changed: what is said of them, read field by field; who may already be there; and the rows that come of it."""
