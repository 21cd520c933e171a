"""From a picture to the channels of one learner's face."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import cv2
import numpy as np

from affect.blendshapes import BlendshapeNet
from affect.channels import FrameChannels, assemble
from affect.expression import ExpressionNet, box_around
from affect.face import (
    ROI_SCALE,
    Detection,
    FaceDetector,
    FaceMesh,
    Mesh,
    Picture,
    Roi,
    roi_of_detection,
    roi_of_mesh,
)
from affect.settings import AffectSettings
from affect.smoothing import OneEuro
from affect.weights import Weights, load_weights


class FaceNetworks:
    """The four networks, loaded once and shared by all learners of a process; one frame at a time.

    ``lock`` is held for a whole frame by ``FacePipeline``: the interpreters keep their tensors between calls.
    """

    def __init__(self, settings: AffectSettings, weights: Weights | None = None) -> None:
        """Load and verify. Raises: MissingPart: if a weight file is missing or another one than measured."""
        weights = weights or load_weights()
        cv2.setNumThreads(1)  # the whole detector keeps to one core
        self.detector = FaceDetector(weights.detector, min_score=settings.min_detection)
        self.mesh = FaceMesh(weights.landmarks)
        self.blendshapes = BlendshapeNet(weights.blendshapes)
        self.expression = ExpressionNet(weights.expression)
        self.lock = threading.Lock()


class FacePipeline:
    """Follows one learner's face. Keeps the last region and landmarks in memory, never a picture.

    The learner is the face that was found first (the largest one) and is followed from there. A further
    face is counted, never read. A face found elsewhere after a loss may be another person: it is waited out
    for some seconds and then starts a new ``track``. Who it is is not checked: that would need a face print.
    """

    def __init__(self, networks: FaceNetworks, settings: AffectSettings) -> None:
        self._networks = networks
        self._settings = settings
        self._filter = OneEuro(
            min_cutoff_hz=settings.filter_min_cutoff_hz,
            beta=settings.filter_beta,
            derivative_hz=settings.filter_derivative_hz,
        )
        self._track = 0
        self.reset()

    def reset(self) -> None:
        """Forget the face; the next one starts a new track."""
        self._roi: Roi | None = None
        self._last_place: Roi | None = None
        self._n_faces = 0
        self._counted_at_s = self._seen_at_s = -math.inf
        self._filter.reset()

    @property
    def n_faces(self) -> int:
        """Faces in sight at the last count; 0 when none, 1 or more even while the learner's own is lost."""
        return self._n_faces

    def process(self, bgr: Picture, captured_at_s: float) -> FrameChannels | None:
        """Read one frame. bgr: (h, w, 3) uint8; times must not decrease.

        Returns: None when no usable face is in sight.
        """
        with self._networks.lock:
            mesh = self._follow(bgr, captured_at_s)
            if mesh is None:
                return None
            self._seen_at_s = captured_at_s
            self._recount(bgr, captured_at_s)
            return self._read(bgr, mesh, captured_at_s)

    def _follow(self, bgr: Picture, at_s: float) -> Mesh | None:
        """Landmarks of the learner's face: from the last region, or after a fresh detection."""
        if self._roi is not None:
            mesh = self._fit(bgr, self._roi)
            if mesh is not None:
                return mesh
        return self._search(bgr, at_s)

    def _search(self, bgr: Picture, at_s: float) -> Mesh | None:
        self._roi = None
        self._filter.reset()
        faces = self._count(bgr, at_s)
        for face in self._by_preference(faces):
            moved = self._moved_away(face)
            if moved and at_s - self._seen_at_s < self._settings.wait_for_return_s:
                continue
            mesh = self._fit(bgr, roi_of_detection(face))
            if mesh is not None:
                self._track += moved
                return mesh
        return None

    def _count(self, bgr: Picture, at_s: float) -> list[Detection]:
        """Detections that hold a face by the landmark network too; remembers how many."""
        faces = [face for face in self._networks.detector.find(bgr) if self._holds_a_face(bgr, face)]
        self._n_faces, self._counted_at_s = len(faces), at_s
        return faces

    def _holds_a_face(self, bgr: Picture, face: Detection) -> bool:
        """The face followed just now is known to be one; another is looked at."""
        roi = self._roi
        if roi is not None and np.linalg.norm(face.centre - roi.centre) < roi.side_px / (2 * ROI_SCALE):
            return True
        mesh = self._networks.mesh.fit(bgr, roi_of_detection(face))
        return mesh.presence >= self._settings.min_presence

    def _by_preference(self, faces: list[Detection]) -> list[Detection]:
        """Nearest to where the learner was last seen first; before that, the largest first."""
        last = self._last_place
        if last is None:
            return sorted(faces, key=lambda face: -face.side_px)
        return sorted(faces, key=lambda face: float(np.linalg.norm(face.centre - last.centre)))

    def _moved_away(self, face: Detection) -> bool:
        last = self._last_place
        if last is None:
            return True
        reach_px = self._settings.same_place * max(face.side_px, last.side_px / ROI_SCALE)
        return bool(np.linalg.norm(face.centre - last.centre) > reach_px)

    def _fit(self, bgr: Picture, roi: Roi) -> Mesh | None:
        mesh = self._networks.mesh.fit(bgr, roi)
        if mesh.presence < self._settings.min_presence or mesh.width_px < self._settings.min_face_px:
            return None
        self._roi = self._last_place = roi_of_mesh(mesh)
        return mesh

    def _recount(self, bgr: Picture, at_s: float) -> None:
        """Now and then look for further faces; the learner's own counts even if the detector misses it."""
        if at_s - self._counted_at_s >= self._settings.recount_s:
            self._count(bgr, at_s)
        self._n_faces = max(self._n_faces, 1)

    def _read(self, bgr: Picture, mesh: Mesh, at_s: float) -> FrameChannels:
        width_px = max(mesh.width_px, 1.0)
        points = np.column_stack([mesh.xy, mesh.z])
        smooth = self._filter.step(points, at_s, scale=width_px)
        steady = replace(mesh, xy=smooth[:, :2], z=smooth[:, 2])
        box = box_around(steady.xy, scale=self._settings.expression_box)
        expression = self._networks.expression.read(bgr, box)
        blendshapes = self._networks.blendshapes.read(steady.xy)
        return FrameChannels(
            captured_at_s=at_s,
            track=self._track,
            n_faces=self._n_faces,
            presence=mesh.presence,
            face_px=width_px,
            values=assemble(expression, blendshapes, steady),
        )
