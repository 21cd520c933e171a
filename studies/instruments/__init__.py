"""Questionnaires and tests: their files, the words of them, and how answers become scores.

Pure but for reading files: ``load_instrument`` gives a frozen value, ``score`` scores one filling in. Tables
(``score_frame``) and reliability (``alpha``, ``omega``) need the packages of `make env-analysis`.
"""

from studies.instruments.frame import score_frame, wide
from studies.instruments.loader import load_file, load_instrument, shipped
from studies.instruments.model import Instrument, Item, Scale, ScoreRule, TextFile
from studies.instruments.reliability import Reliability, alpha, omega
from studies.instruments.scoring import Score, Scores, score
from studies.instruments.texts import Texts

__all__ = [
    "Instrument",
    "Item",
    "Reliability",
    "Scale",
    "Score",
    "ScoreRule",
    "Scores",
    "TextFile",
    "Texts",
    "alpha",
    "load_file",
    "load_instrument",
    "omega",
    "score",
    "score_frame",
    "shipped",
    "wide",
]
