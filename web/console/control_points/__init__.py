"""Control points on the console: approved or refused, looked at, listed with a reason, their codes’ keys."""
