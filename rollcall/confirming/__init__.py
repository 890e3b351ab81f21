"""Telephone numbers confirmed by a code in a text message: asked for, sent and typed back."""
