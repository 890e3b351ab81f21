"""Figures of zones and days: counted, a few each minute."""
