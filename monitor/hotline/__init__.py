"""The hotline: tickets, their clocks and steps, and how what people say becomes one."""
