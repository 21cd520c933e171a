"""A study's data as files other tools read: one module per format, all fed by ``tables``."""
