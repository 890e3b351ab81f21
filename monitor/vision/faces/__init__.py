"""Faces in pictures: found, compared, judged."""
