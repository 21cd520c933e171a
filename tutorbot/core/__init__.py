"""The tutor's reasoning, pure: time comes in as an argument, decisions come out as values."""
