"""Pages about what people must look at."""
