"""Messages on their way: rehearsed, claimed, handed over, settled, receipted."""
