"""What each state is called and how it looks, by subject."""
