"""What of our data can no longer be read: found, set aside, and named to staff who can enter it again."""
