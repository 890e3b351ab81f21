"""Reports: their numbers, release, sending, and what is made by schedule."""
