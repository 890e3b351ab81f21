"""Pictures from strangers."""
