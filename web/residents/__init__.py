"""The residents' page: a Flask application of its own for phones."""
