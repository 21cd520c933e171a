"""Compile ROS interface packages into an environment of ROS wheels: compile_interfaces.py VENV FOLDER...

Each folder in a FOLDER is a package of `msg/*.msg` and `action/*.action` files. What it depends on is read
from the types that its fields name, so there is nothing else to write; a package that brings a CMakeLists.txt
and a package.xml is built by these. Run by the Python of VENV, which holds the generators; needs cmake,
ninja, g++ and the headers of that Python.
"""

from __future__ import annotations

import graphlib
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

WRITTEN_ELSEWHERE = re.compile(
    r"/opt/python/cp\d+-cp\d+/(include/python[\d.]+|lib/python[\d.]+/site-packages)"
)
FIELD_OF_PACKAGE = re.compile(r"^([a-z][a-z0-9_]*)/[A-Z]", re.MULTILINE)
GENERATED_FROM = ("msg/*.msg", "action/*.action")

PACKAGE_XML = """<?xml version="1.0"?>
<package format="3">
  <name>{name}</name><version>0.0.1</version><description>Interfaces for tests</description>
  <maintainer email="nobody@example.org">nobody</maintainer><license>see README.md</license>
  <buildtool_depend>ament_cmake</buildtool_depend>
  <buildtool_depend>rosidl_default_generators</buildtool_depend>
  {depends}
  <exec_depend>rosidl_default_runtime</exec_depend>
  <member_of_group>rosidl_interface_packages</member_of_group>
  <export><build_type>ament_cmake</build_type></export>
</package>
"""
CMAKE_LISTS = """cmake_minimum_required(VERSION 3.16)
project({name})
find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)
{finds}
rosidl_generate_interfaces(${{PROJECT_NAME}} {files} DEPENDENCIES {dependencies})
ament_package()
"""


def files_of(package: Path) -> list[str]:
    """The interface files of a package, relative to its folder."""
    return sorted(str(path.relative_to(package)) for kind in GENERATED_FROM for path in package.glob(kind))


def dependencies_of(package: Path) -> list[str]:
    """The packages whose types its fields name."""
    named = {
        name for file in files_of(package) for name in FIELD_OF_PACKAGE.findall((package / file).read_text())
    }
    return sorted(named - {package.name})


def in_order(folder: Path) -> list[Path]:
    """The packages of a folder, each after those it depends on."""
    packages = {path.name: path for path in folder.iterdir() if path.is_dir() and files_of(path)}
    graph = {name: dependencies_of(path) for name, path in packages.items()}
    return [packages[name] for name in graphlib.TopologicalSorter(graph).static_order() if name in packages]


def mend_paths(venv: Path) -> None:
    """Let the wheels' CMake files name this machine's headers instead of those of where they were built."""
    site = sysconfig.get_path("platlib")
    for file in (venv / "share").glob("*/cmake/*.cmake"):
        text = file.read_text()
        mended = WRITTEN_ELSEWHERE.sub(
            lambda found: sysconfig.get_path("include") if found[1].startswith("include") else site, text
        )
        if mended != text:
            file.write_text(mended)


def write_project(package: Path, target: Path) -> None:
    """A CMake project around the interface files."""
    dependencies = dependencies_of(package)
    target.mkdir()
    for kind in ("msg", "action"):
        if (package / kind).is_dir():
            (target / kind).symlink_to(package / kind)
    depends = "".join(f"<depend>{name}</depend>" for name in dependencies)
    (target / "package.xml").write_text(PACKAGE_XML.format(name=package.name, depends=depends))
    (target / "CMakeLists.txt").write_text(
        CMAKE_LISTS.format(
            name=package.name,
            finds="\n".join(f"find_package({name} REQUIRED)" for name in dependencies),
            files=" ".join(f'"{file}"' for file in files_of(package)),
            dependencies=" ".join(dependencies),
        )
    )


def compile_package(source: Path, build: Path, venv: Path) -> None:
    """Generate, compile and install one package. Raises: SystemExit: with the end of what was printed."""
    configure: list[str | Path] = ["cmake", "-G", "Ninja", "-S", source, "-B", build]
    flags = ["-DCMAKE_C_FLAGS=-O0", "-DCMAKE_CXX_FLAGS=-O0", "-DBUILD_TESTING=OFF"]
    place = f"-DCMAKE_INSTALL_PREFIX={venv}"
    environment = os.environ | {
        "AMENT_PREFIX_PATH": str(venv),
        "CMAKE_PREFIX_PATH": str(venv),
        "PATH": f"{venv}/bin:{os.environ['PATH']}",
    }
    python = f"-DPython3_EXECUTABLE={venv}/bin/python"
    install: list[str | Path] = ["ninja", "-C", build, "-j2", "install"]
    for command in ([*configure, *flags, place, python], install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print((done.stdout + done.stderr)[-4000:], file=sys.stderr)
            raise SystemExit(f"The interfaces of {source.name} could not be compiled; why stands above.")


def main(venv: Path, folders: list[Path]) -> None:
    """Compile every package of the folders."""
    mend_paths(venv)
    with tempfile.TemporaryDirectory() as work:
        for package in (one for folder in folders for one in in_order(folder)):
            print(f"Compiling {package.name}", flush=True)
            source = package if (package / "CMakeLists.txt").exists() else Path(work, package.name)
            if source is not package:
                write_project(package, source)
            compile_package(source, Path(work, f"{package.name}-build"), venv)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), [Path(folder).resolve() for folder in sys.argv[2:]])
