"""Commands that are more than a few lines; each imports what it needs when it is used."""
