"""The shared core and the presence checker; it imports none of the other rooms."""
