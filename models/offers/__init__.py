"""Single-use codes of offers: one partition's pool, its budget, and what a decision sees of it."""
