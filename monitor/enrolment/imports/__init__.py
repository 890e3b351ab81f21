"""People from files: uploaded, read, judged row by row, entered in pieces, decided one by one, undone as a whole."""
