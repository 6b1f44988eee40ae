"""The demo: simulated shoppers, the pipeline as real processes, and an account from both ends."""
