"""Plan, prompt, answer, verification, verdict; imports monitor only."""
