"""What learning would have been worth: logs that nobody here wrote, passed once and judged."""
