"""The processes of this room: the clock, the worker, and their commands."""
