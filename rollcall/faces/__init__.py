"""Faces in answers and enrolment photos, judged by workers."""
