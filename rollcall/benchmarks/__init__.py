"""What roll-calls cost on a machine: `quarantine bench rollcall`."""
