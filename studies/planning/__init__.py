"""A study before its first participant: a file to begin from, what it will do, and its picture."""
