"""What staff do about a miss."""
