"""What comes back after a mail: clicks, whose they were, outcomes, and what is taken back."""
