"""What the console costs in a whole province, measured."""
