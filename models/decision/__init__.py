"""When a flow decides, what is known then, and what is chosen."""
