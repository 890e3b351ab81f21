"""The addresses at which gateways hand over receipts, texts and keys."""
