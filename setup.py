"""The extension modules and the package mapping; everything else is in ``pyproject.toml``."""

from setuptools import setup

ROOMS = ["core", "ext", "nn", "text", "vision", "lessons", "commands"]

setup(
    packages=["cutaway", *(f"cutaway.{room}" for room in ROOMS)],
    package_dir={"cutaway": "."},
)
