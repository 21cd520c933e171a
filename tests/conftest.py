"""Fixtures for all tests: the one real Rasa server of a run."""

pytest_plugins = ["tests.rasa_server"]
