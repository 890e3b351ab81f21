"""The hotline 1022 on the console: its list, one ticket, the screen for calls, shifts, units, words and figures."""
