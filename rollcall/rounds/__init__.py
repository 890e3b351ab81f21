"""Rounds: opened, reminded, closed."""
