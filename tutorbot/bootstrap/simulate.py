"""Simulated studies: a protocol's conditions with simulated learners, on this machine or on a cluster."""

from __future__ import annotations

import importlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from studies.protocol import parse_protocol
from tutorbot.bootstrap.study import (
    VERSION,
    find_protocol,
    lesson_of,
    needs_policy,
    shipped_policy,
    trust_model_of,
)
from tutorbot.core.setup import Setup
from tutorbot.core.strategies import STRATEGIES
from tutorbot.errors import BadInput, MissingPart
from tutorbot.lessons import load_phrases
from tutorbot.simulation.begin import begins
from tutorbot.simulation.figures import Figures
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import SHIPPED, Parameters, load_parameters

CHUNK = 25
"""Learners whose figures are computed, handed back and stored together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Some learners of one condition; everything a process or another machine needs to play them.

    protocol: its text. auc: of the detector, None without a camera. boards: see ``Population``.
    """

    protocol: str
    condition: str
    first: int
    n: int
    seed: int
    auc: float | None
    boards: int | None
    parameters: str = str(SHIPPED)

    @property
    def name(self) -> str:
        """Of its part file; jobs of one run differ in it."""
        auc = "none" if self.auc is None else f"{self.auc:g}"
        return f"{self.condition}-{auc}-{self.first:06d}"


def play(job: Job) -> list[Figures]:
    """The figures of each learner of a job. The same job gives the same figures, wherever it is run."""
    setup = _setup(job.protocol, job.condition)
    population = Population(
        parameters=_parameters(job.parameters),
        seed=job.seed,
        auc=job.auc,
        begin=begins,
        boards=job.boards,
    )
    return [population.figures(setup, learner) for learner in range(job.first, job.first + job.n)]


def made_of(job: Job) -> dict[str, object]:
    """What decides the numbers of a run besides protocol, conditions and how many learners."""
    return {
        "software": VERSION,
        "seed": job.seed,
        "boards": job.boards,
        "parameters": _parameters(job.parameters).sha256,
    }


def jobs_of(
    protocol: str,
    conditions: Sequence[str],
    *,
    n: int,
    seed: int,
    aucs: Sequence[float | None],
    boards: int | None,
    parameters: Path | None = None,
) -> list[Job]:
    """The work of a run, in pieces of ``CHUNK`` learners. Raises: BadInput: for an unknown condition."""
    for condition in conditions:
        if condition not in STRATEGIES:
            raise BadInput(
                f"There is no condition {condition!r}.", remedy=f"Known are {', '.join(STRATEGIES)}."
            )
    return [
        Job(
            protocol=protocol,
            condition=condition,
            first=first,
            n=min(CHUNK, n - first),
            seed=seed,
            auc=auc,
            boards=boards,
            parameters=str((parameters or SHIPPED).resolve()),
        )
        for auc in aucs
        for condition in conditions
        for first in range(0, n, CHUNK)
    ]


def run_jobs(
    jobs: Sequence[Job], *, workers: int, dask: str | None = None
) -> Iterator[tuple[Job, list[Figures]]]:
    """All jobs with their figures, in the order in which they are done.

    Raises: MissingPart: without Dask. BadInput: if no scheduler answers.
    """
    if dask is not None:
        yield from _on_cluster(jobs, dask)
    elif workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            yield job, play(job)
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
            waiting = {pool.submit(play, job): job for job in jobs}
            try:
                for future in as_completed(waiting):
                    yield waiting[future], future.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def _on_cluster(jobs: Sequence[Job], address: str) -> Iterator[tuple[Job, list[Figures]]]:
    try:
        distributed = importlib.import_module("distributed")
    except ModuleNotFoundError:
        raise MissingPart(
            "Package distributed is not installed; --dask needs it.", remedy="Run `make env-analysis`."
        ) from None
    try:
        client = distributed.Client(address, timeout=10.0, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadInput(
            f"No Dask scheduler answers at {address} ({error}).",
            remedy="Start one with `dask scheduler`, or leave --dask out to work here.",
        ) from None
    with client, client.as_current():
        waiting = {client.submit(play, job, pure=False): job for job in jobs}
        for future in distributed.as_completed(waiting):
            yield waiting[future], future.result()


def setup_of(study: str, condition: str) -> Setup:
    """A study's set-up in a condition, without a policy; named as in a command. Raises: BadInput; BadFile."""
    return _without_policy(find_protocol(study).text, condition)


@lru_cache(maxsize=8)
def _setup(protocol: str, condition: str) -> Setup:
    setup = _without_policy(protocol, condition)
    return replace(setup, policy=shipped_policy()) if needs_policy(condition) else setup


def _without_policy(protocol: str, condition: str) -> Setup:
    parsed = parse_protocol(protocol, name="protocol of the simulation")
    return Setup(
        condition=condition,
        objective=parsed.objective,
        seed=0,
        settings=parsed.tutor_settings(),
        lesson=lesson_of(parsed),
        phrases=load_phrases(parsed.languages[0]),
        sources=parsed.evidence_sources,
        validity_probes=parsed.validity_probes,
        trust_model=trust_model_of(parsed),
    )


@lru_cache(maxsize=2)
def _parameters(path: str) -> Parameters:
    return load_parameters(Path(path))
