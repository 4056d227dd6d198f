"""Large Motion Model: sentences in, human motion out.

import lmm
motion = lmm.load("nano").generate("a person waves with the right hand", seconds=4, fps=30, seed=0)
motion.save("wave.bvh")
motion.joints()                # (T, 52, 3) metres, Y up

Everything is imported when it is first used: `import lmm` costs next to nothing.
"""

import importlib
import os

# read by OpenMP when torch is first imported: threads that wait for each other sleep instead of spinning, without which any work
# takes twenty times as long on a machine that has anything else to do
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

TYPE_CHECKING = False  # typing's own: importing that takes longer than all else here
if TYPE_CHECKING:
    from typing import Any

    from lmm.generate import Generator, Request, Result, load
    from motionverse.errors import MotionError
    from motionverse.motion import Motion

_HOMES = {
    "Generator": "lmm.generate",
    "Motion": "motionverse.motion",
    "MotionError": "motionverse.errors",
    "Request": "lmm.generate",
    "Result": "lmm.generate",
    "load": "lmm.generate",
}
__all__ = ["Generator", "Motion", "MotionError", "Request", "Result", "load"]


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module 'lmm' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
