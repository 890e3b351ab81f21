"""Everybody in one list: searched as one types, filtered, sorted, and read page by page however many there are."""
