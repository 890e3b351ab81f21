"""RTSP as watching needs it: hundreds of connections in one thread, and pictures only of the packets somebody asks about."""
