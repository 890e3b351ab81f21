"""ONVIF devices: found, asked, listened to, set."""
