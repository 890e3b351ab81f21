"""What time it is where clocks may be wrong: jumps noticed, told, decided about by people, and what waits put right for them."""
