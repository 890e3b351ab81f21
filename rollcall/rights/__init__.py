"""What people ask about their own data, and what they are told."""
