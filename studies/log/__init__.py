"""The study log: what happened in every session, on disk before anybody sees its effect."""
