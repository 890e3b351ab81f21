"""The ONVIF device of a demonstration camera."""
