"""Contacts that follow from what is known already: household, rooms then, lines of cameras, check-ins, declarations. A source each."""
