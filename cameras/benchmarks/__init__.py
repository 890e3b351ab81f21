"""What this machine and these judgements can do, measured: each benchmark ends with one JSON object."""
