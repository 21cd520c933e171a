"""What the README of each format says about reading it; that of the CSV is in ``readme``."""

from __future__ import annotations

WIDE = """
  wide.csv has one row for each session: means, counts, answers to questionnaires as they were given."""

PARQUET = """\
How to read the tables
  Apache Parquet; R reads it with arrow::read_parquet(), Python with pandas.read_parquet().
  NULL is unknown or not applicable. Times of day are timestamps in UTC, at_s counts seconds from the
  start of the session. Lists and pairs are JSON in a text column.
  wide.parquet has one row for each session: means, counts, answers to questionnaires.
  codebook.parquet says what every column means, and so does the metadata `doc` of each column;
  values.parquet says what the words and numbers in the cells mean."""

FRICTIONLESS = """\
How to read the tables
  A Frictionless Data Package, readable by tools for version 1 and 2: datapackage.json says of every
  column in data/ its type, range and meaning, and how tables belong together (session_id).
  `frictionless validate datapackage.json` checks all of it; R reads it with the package frictionless.
  The cells are those of the CSV export: a text that begins with = + - @ ' or a tab or line end has an
  apostrophe put in front. Take one leading apostrophe away to get the text back."""

PSYCH_DS = """\
How to read the tables
  A Psych-DS dataset: dataset_description.json says what every column in data/ means.
  The cells are those of the CSV export: a text that begins with = + - @ ' or a tab or line end has an
  apostrophe put in front. Take one leading apostrophe away to get the text back."""

BIDS = """\
How to read the files
  A BIDS dataset of behaviour. sub-*/ses-*/beh/*_events.tsv: what happened, onset in seconds since the
  session began; task-tutoring_events.json says what the columns mean. phenotype/: answers to
  questionnaires, one session a line, as given and not reversed. Missing is n/a."""

DATASHOP = """\
How to read the file
  transactions.txt goes into PSLC DataShop (LearnSphere) as tab-delimited transactions. A check of the
  board is an ATTEMPT, a hint the learner asked for a HINT_REQUEST. Help the learner did not ask for has
  no student response and no outcome; its tutor response is HINT_MSG with subtype proactive:<level>.
  Columns CF (...) hold what the tutor knew at that moment. Times are UTC."""

XAPI = """\
How to read the file
  statements.jsonl has one xAPI 1.0.3 statement a line; a learning record store takes them in arrays.
  Actors are accounts named by pseudonym, the registration is the session. Verbs under tutorbot.invalid
  are this project's own, described in profile.jsonld. Sending the file twice stores nothing twice."""

EAF = """\
How to read the files
  ELAN opens each .eaf; link your recording to it and shift the annotations to where it shows the
  session begin: second 0 is the session's. What takes no time stands for half a second."""

XDF = """\
How to read the files
  MATLAB's load_xdf and Python's pyxdf read them. Time stamps are seconds since the session began; to lay
  them beside another recording, shift them by a moment that both saw. Unknown numbers are NaN."""

MCAP = """\
How to read the files
  Foxglove opens each .mcap, `ros2 bag` and the packages mcap read them. A topic for each table of the log,
  messages are JSON with a schema; log times are the calendar's."""
