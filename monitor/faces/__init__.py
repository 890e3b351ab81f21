"""Residents' faces as they are kept, and the thresholds that hold for them."""
