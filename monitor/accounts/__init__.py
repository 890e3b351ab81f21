"""Who works here: accounts, their sessions, and what each may do where."""
