"""Streams: read, decoded where somebody asks, handed on."""
