"""Lesson packs and the tutor's wordings: data in YAML and SVG, checked when read."""

from tutorbot.lessons.packs import lesson_hash, list_packs, load_lesson, pack_folder, picture_path

__all__ = ["lesson_hash", "list_packs", "load_lesson", "pack_folder", "picture_path"]
