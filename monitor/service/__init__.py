"""The command `quarantine`, the parent process, and what every process of the service does."""
