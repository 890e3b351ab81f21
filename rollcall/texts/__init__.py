"""The words of messages and their price."""
