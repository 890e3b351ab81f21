"""The public pages: a Flask application of its own, without accounts: health declarations and control points."""
