"""For all tests: the one real Rasa and the one real rosbridge of a run.

How long an example may take is no test's matter.
"""

from hypothesis import settings

from tests.studies.postgresql import WHERE

pytest_plugins = ["tests.rasa_server", "tests.ros.ros_bench"]

settings.register_profile("tutorbot", deadline=None)
settings.load_profile("tutorbot")


def pytest_report_header() -> str:
    """Tests that need PostgreSQL are absent without one: said where a run begins."""
    return f"PostgreSQL: {WHERE}"
