"""When roll-calls happen and what follows a silence: pure decisions."""
