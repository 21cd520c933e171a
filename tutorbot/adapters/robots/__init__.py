"""What the ways to a robot share: a call that is never late, one utterance at a time, the newest picture."""
