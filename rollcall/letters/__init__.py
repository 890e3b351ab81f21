"""Letters for many people: asked for on the console, made by workers."""
