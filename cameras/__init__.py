"""ONVIF devices and their streams; imports monitor only."""
