"""What people write and press: kept, read, handled, replied to."""
