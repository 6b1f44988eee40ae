"""A contextual bandit: which of some named actions is best here, learned from logged rewards."""
