"""What the demonstration cameras see."""
