"""Privacy’s papers: templates that the service fills in as far as it knows."""
