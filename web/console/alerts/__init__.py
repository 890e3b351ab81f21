"""Pages about alerts: who is on duty, how each is told, and one alert with who was told of it."""
