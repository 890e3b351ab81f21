"""Letters about orders: what stands in them, how they are set, how they are kept, and what their code tells."""
