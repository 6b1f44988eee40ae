"""What of a mail is filled per person: hero, article, proof, call to action, and true words."""
