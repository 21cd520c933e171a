"""docker-compose.yml and the Dockerfiles, as far as they can be judged without an engine.

The schema is the compose specification's own, carried by check-jsonschema; Dockerfiles are read by hadolint.
"""

from __future__ import annotations

import copy
import importlib.resources
import json
import re
import subprocess
import sysconfig
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from tutorbot.config import Settings

ROOT = Path(__file__).parents[1]
HADOLINT = Path(sysconfig.get_path("scripts")) / "hadolint"
DOCKERFILES = {"tutorbot": "docker/tutorbot.Dockerfile", "rasa": "docker/rasa.Dockerfile"}


def compose() -> dict[str, Any]:
    return json.loads(json.dumps(YAML(typ="safe").load(ROOT / "docker-compose.yml")))


def schema_errors(document: Mapping[str, Any]) -> list[str]:
    schemas = importlib.resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(schemas.read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [error.json_path for error in validator.iter_errors(document)]


def services() -> Mapping[str, Any]:
    return compose()["services"]


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """(instruction, rest) of every line, continuation lines joined, comments dropped."""
    text = re.sub(r"^#.*\n", "", (ROOT / dockerfile).read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def hadolint(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HADOLINT, "--no-color", "-"], input=text, capture_output=True, text=True, check=False
    )


def test_the_compose_file_fits_the_compose_specification():
    assert schema_errors(compose()) == []


def test_the_schema_refuses_what_the_specification_does_not_know():
    document = copy.deepcopy(compose())
    document["services"]["rasa"]["restarts"] = "always"
    document["services"]["tutorbot"]["ports"] = "8800"
    assert set(schema_errors(document)) >= {"$.services.rasa", "$.services.tutorbot.ports"}


def test_ports_are_published_on_loopback_only_and_rasa_publishes_none():
    assert "ports" not in services()["rasa"]
    ports = services()["tutorbot"]["ports"]
    assert ports
    assert all(re.fullmatch(r"127\.0\.0\.1:(\$\{\w+:-\d+\}|\d+):8800", port) for port in ports)


def test_rasa_lies_in_an_internal_network_that_the_tutor_shares():
    document = compose()
    assert services()["rasa"]["networks"] == ["inside"]
    assert "inside" in services()["tutorbot"]["networks"]
    assert document["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("name", ["tutorbot", "rasa"])
def test_every_service_is_restarted_checked_and_without_privileges(name: str):
    service = services()[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    uid, gid = service["user"].split(":")
    assert int(uid) > 0
    assert int(gid) > 0


@pytest.mark.parametrize(("service", "dockerfile"), list(DOCKERFILES.items()))
def test_the_image_runs_as_the_user_and_is_checked_as_the_service_is(service: str, dockerfile: str):
    steps = instructions(dockerfile)
    assert services()[service]["build"]["dockerfile"] == dockerfile
    assert [rest for name, rest in steps if name == "USER"] == [services()[service]["user"]]
    (check,) = [rest for name, rest in steps if name == "HEALTHCHECK"]
    command = json.loads(check[check.index("[") :])
    wanted = services()[service]["healthcheck"]["test"][1:]
    assert command == wanted


def test_the_tutor_waits_for_rasa_and_the_two_share_their_secrets():
    tutor, rasa = services()["tutorbot"], services()["rasa"]
    assert tutor["depends_on"]["rasa"]["condition"] == "service_healthy"
    assert tutor["environment"]["TUTORBOT_RASA_TOKEN"] == rasa["environment"]["RASA_TOKEN"]
    assert tutor["environment"]["TUTORBOT_TUTOR_TOKEN"] == rasa["environment"]["TUTOR_TOKEN"]
    for secret in (rasa["environment"]["RASA_TOKEN"], rasa["environment"]["TUTOR_TOKEN"]):
        assert re.fullmatch(r"\$\{\w+:\?.+\}", secret), "a secret has no default and must be set"


def test_the_tutor_takes_the_settings_it_is_given_and_hears_rasa_where_rasa_calls():
    tutor, rasa = services()["tutorbot"]["environment"], services()["rasa"]["environment"]
    settings = Settings.from_environment(tutor)
    assert (settings.host, settings.port) == ("0.0.0.0", 8800)
    assert settings.rasa_url == "http://rasa:5005"
    assert rasa["TUTOR_URL"] == f"http://tutorbot:{settings.rasa_listen.rpartition(':')[2]}"
    assert settings.rasa_listen.startswith("0.0.0.0:")


def test_rasa_is_given_every_variable_its_project_names_and_never_reports_home():
    environment = services()["rasa"]["environment"]
    named = {
        name
        for file in ("endpoints.yml", "credentials.yml")
        for name in re.findall(r"\$\{(\w+)\}", (ROOT / "dialogue" / file).read_text())
    }
    assert named <= set(environment)
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"


def test_volumes_keep_the_log_and_the_model_where_the_services_write_them():
    volumes = {
        volume.split(":")[0]: volume.split(":")[1] for s in services().values() for volume in s["volumes"]
    }
    assert set(volumes) == set(compose()["volumes"])
    database = services()["tutorbot"]["environment"]["TUTORBOT_DB"]
    assert database.startswith(f"sqlite:///{volumes['study-log']}/")
    assert volumes["dialogue-model"] in (ROOT / "docker/rasa-entry.sh").read_text()


@pytest.mark.parametrize("dockerfile", DOCKERFILES.values())
def test_hadolint_has_no_complaint(dockerfile: str):
    result = hadolint((ROOT / dockerfile).read_text())
    assert (result.returncode, result.stdout) == (0, "")


def test_hadolint_would_complain():
    result = hadolint("FROM python:latest\nRUN cd /tmp && apt-get install curl\nUSER root\n")
    assert result.returncode == 1
    assert {"DL3007", "DL3002"} <= set(re.findall(r"DL\d{4}", result.stdout))


@pytest.mark.parametrize("dockerfile", DOCKERFILES.values())
def test_an_image_is_built_from_hash_locks_that_are_there(dockerfile: str):
    installs = [
        command
        for name, rest in instructions(dockerfile)
        if name == "RUN"
        for command in rest.split("&&")
        if re.search(r"pip (install|sync)", command)
    ]
    assert installs
    for command in installs:
        assert "--require-hashes" in command or re.search(
            r"--no-deps --no-build-isolation .* \.\s*$", command
        )
    locks = set(re.findall(r"\S+\.lock", " ".join(installs)))
    assert {"requirements/tools.lock"} < locks
    assert all((ROOT / lock).is_file() for lock in locks)


@pytest.mark.parametrize("dockerfile", DOCKERFILES.values())
def test_all_that_an_image_copies_is_there_and_not_ignored(dockerfile: str):
    patterns = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    sources = [
        source
        for name, rest in instructions(dockerfile)
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source.split("/")[0], pattern) for pattern in patterns), source


def test_a_service_that_does_not_answer_is_unhealthy_and_its_token_is_not_printed(unused_tcp_port: int):
    url = f"http://127.0.0.1:{unused_tcp_port}/status"
    result = subprocess.run(
        [Path(sysconfig.get_path("scripts")) / "python", ROOT / "docker/healthy.py", url, "RASA_TOKEN"],
        env={"RASA_TOKEN": "a-secret"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert url in result.stderr
    assert "a-secret" not in result.stdout + result.stderr


def test_rasa_is_not_started_without_its_token():
    result = subprocess.run(
        [ROOT / "docker/rasa-entry.sh"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "RASA_TOKEN is not set" in result.stderr
