"""How an installation is set up: what administrators say of it, which steps are done, the master key on paper."""
