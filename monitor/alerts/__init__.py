"""Who of staff must be told of what, when, and who was: decisions and the record."""
