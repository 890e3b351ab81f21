"""What an answer proves: pure decisions."""
