"""Answers: the page they are given on, taken whole or not at all."""
