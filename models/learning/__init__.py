"""What everybody's outcomes teach, and what one person's do."""
