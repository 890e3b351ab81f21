"""One resident's part in a round: its states and who may move it."""
