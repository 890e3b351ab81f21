"""Pages about reports: those of each day, what they are made of, and who enters it."""
