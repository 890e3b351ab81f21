"""Contact tracing on the console: cases, interviews, contacts to release, tasks, rules."""
