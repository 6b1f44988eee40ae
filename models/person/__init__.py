"""What is kept about one person, how it is stored, and how it moves when they become known."""
