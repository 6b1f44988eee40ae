"""What marketers write: the programme's text, how it is read and checked, and what it says."""
