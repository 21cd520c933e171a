"""Taking people out again: their rows, files, conversations and names, with a receipt of what went."""
