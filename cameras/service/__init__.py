"""The process that watches: leases, health, and what it hands out."""
