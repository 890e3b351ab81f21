"""Demonstration cameras: real ONVIF devices with real RTSP streams on loopback, showing scenes that were rendered once."""
