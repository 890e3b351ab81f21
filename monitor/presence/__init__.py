"""What is believed about a resident now, because of which evidence."""
