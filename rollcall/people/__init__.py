"""Whom a message goes to: guardians, links, stops, browsers."""
