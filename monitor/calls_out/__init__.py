"""Calls to servers of others: where they may go, how long they may take, and how much is read of an answer."""
