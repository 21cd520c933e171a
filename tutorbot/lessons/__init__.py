"""Lesson packs and the tutor's wordings: data in YAML and SVG, checked when read."""

from tutorbot.lessons.packs import (
    lesson_hash,
    lesson_languages,
    list_packs,
    load_lesson,
    pack_folder,
    picture_path,
)
from tutorbot.lessons.phrases import list_languages, load_phrases

__all__ = [
    "lesson_hash",
    "lesson_languages",
    "list_languages",
    "list_packs",
    "load_lesson",
    "load_phrases",
    "pack_folder",
    "picture_path",
]
