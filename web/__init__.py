"""Flask: the staff console, the residents' page, health and metrics."""
