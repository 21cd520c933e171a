"""What was learned elsewhere, read from ONNX files: the policy of condition RL, and a trust model."""

from tutorbot.adapters.learned.policy import OnnxPolicy
from tutorbot.adapters.learned.trust import OnnxTrust

__all__ = ["OnnxPolicy", "OnnxTrust"]
