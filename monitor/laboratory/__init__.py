"""Laboratory tests of residents: planned, taken, sent, with a result; and the files of laboratories."""
