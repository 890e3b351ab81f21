"""Orders are changed and people move, at once, later or many together, with what follows for roll-calls."""
