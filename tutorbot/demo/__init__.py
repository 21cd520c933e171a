"""A whole session without a browser: scripted learners on a simulated clock."""
