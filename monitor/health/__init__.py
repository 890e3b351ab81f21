"""What is right, missing or wrong with an installation: facts, how they are gathered, and what is judged of them."""
