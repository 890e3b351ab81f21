"""Alerts to staff on their way: raised, sent, noted, ended, and the watch over all that."""
