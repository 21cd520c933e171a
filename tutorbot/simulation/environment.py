"""``tutorbot/Proactive-v0``: the tutor's decision as a Gymnasium environment over simulated learners.

    import gymnasium, tutorbot.simulation.environment
    env = gymnasium.make("tutorbot/Proactive-v0", setup=setup, population=population)

An episode is a session. A step is a moment at which there is a reason to speak and an act is possible; the
action is a level, 0 to 3. After a 0 the next step comes at least ``PATIENCE_S`` later, while the reason is
there. Rest, caps, the moment of delivery and the trust rules hold outside. The reward is what the boards
finished since the last step are worth.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from tutorbot.core.setup import Setup
from tutorbot.core.strategies.learned import FEATURES
from tutorbot.simulation.figures import rewards_of
from tutorbot.simulation.learners import Population
from tutorbot.simulation.session import SimulatedSession

ID = "tutorbot/Proactive-v0"
PATIENCE_S = 10
LEARNERS = range(1_000_000, 2_000_000)
"""Numbers of the learners that policies are trained on: nobody else meets these."""
POSSIBLE = FEATURES.index("possible")
Observation = NDArray[np.float32]


class _Gone(Exception):
    """The episode was left before its end."""


class _Asking:
    """A policy that hands the question to the environment and waits for its answer."""

    def __init__(self) -> None:
        self.asked: queue.Queue[tuple[float, ...] | None] = queue.Queue()
        self.answers: queue.Queue[int | None] = queue.Queue()
        self._silent_for = 0

    def level(self, features: tuple[float, ...]) -> int:
        """See ``tutorbot.core.strategies.Policy``."""
        if self._silent_for > 0:
            self._silent_for -= 1
            return 0
        if features[POSSIBLE] < 1:
            return 0
        self.asked.put(features)
        answer = self.answers.get()
        if answer is None:
            raise _Gone
        if answer == 0:
            self._silent_for = PATIENCE_S - 1
        return answer


class ProactiveEnvironment(gymnasium.Env[Observation, np.int64]):
    """See the module. setup: its condition is set to RL. learners: of which episodes are drawn, by number."""

    def __init__(
        self, setup: Setup, population: Population, learners: range = range(1_000_000, 2_000_000)
    ) -> None:
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (len(FEATURES),), np.float32)
        self.action_space = gymnasium.spaces.Discrete(4)
        self._setup = replace(setup, condition="RL")
        self._population = population
        self._learners = learners
        self._thread: threading.Thread | None = None
        self._session: SimulatedSession | None = None
        self._error: BaseException | None = None
        self._n_paid = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """A new learner, until the first moment to decide; one who never gives a reason is passed over."""
        super().reset(seed=seed)
        while True:
            self.close()
            learner = self._learners[int(self.np_random.integers(len(self._learners)))]
            self._begin(learner)
            features = self._asking.asked.get()
            if features is not None:
                return np.array(features, dtype=np.float32), {"learner": learner}
            self._raise()

    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Answer, and go on to the next moment to decide or to the end of the session."""
        self._asking.answers.put(int(action))
        features = self._asking.asked.get()
        if features is None:
            self._raise()
            end = np.zeros(len(FEATURES), dtype=np.float32)
            return end, self._pay(), True, False, {}
        return np.array(features, dtype=np.float32), self._pay(), False, False, {}

    def close(self) -> None:
        """Leave the episode."""
        if self._thread is not None and self._thread.is_alive():
            self._asking.answers.put(None)
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    def _begin(self, learner: int) -> None:
        self._asking = _Asking()
        self._n_paid, self._error = 0, None
        setup = replace(self._setup, policy=self._asking)
        self._session = self._population.session(setup, learner)
        self._thread = threading.Thread(target=self._play, name="proactive-episode", daemon=True)
        self._thread.start()

    def _play(self) -> None:
        assert self._session is not None
        try:
            self._session.play()
        except _Gone:
            pass
        except Exception as error:  # noqa: BLE001  # it is raised where the episode is used
            self._error = error
        finally:
            self._asking.asked.put(None)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _pay(self) -> float:
        """The worth of the boards finished since the last step."""
        assert self._session is not None
        rewards = rewards_of(self._session)
        new, self._n_paid = rewards[self._n_paid :], len(rewards)
        return float(sum(new))


if ID not in gymnasium.registry:
    gymnasium.register(id=ID, entry_point="tutorbot.simulation.environment:ProactiveEnvironment")
