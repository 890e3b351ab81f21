"""The audit trail: who did and saw what."""
