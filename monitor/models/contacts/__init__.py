"""Cases, whom they met, and by which rules: the tables of contact tracing."""
