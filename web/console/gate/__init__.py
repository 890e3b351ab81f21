"""The gate: a card is read, a person entered, and the steps until they are in their room; and the form of what is said of someone."""
