"""MotionVerse: human motion as values, files and stores. Knows no model.

import motionverse as mv
motion = mv.load("walk.bvh")             # any BVH, AMC, AMASS npz or joints npz, on its own skeleton, metres, Y up
whole, report = mv.retarget.retarget(motion)      # on the 52 joints of WHOLE_BODY
features, frame = mv.encode(whole)       # (T, 669), and back: mv.decode(features, frame)
mv.render(motion, "walk.mp4", title="a person walks")
store = mv.Store("store")                # made by `motionverse build`; windows of it: motionverse.dataset, docs/data.md

Everything is imported when it is first used: `import motionverse` costs next to nothing.
"""

import importlib

TYPE_CHECKING = False  # typing's own: importing that takes longer than all else here
if TYPE_CHECKING:
    from typing import Any

    from motionverse import build, canonical, contact, retarget
    from motionverse.clip import Caption, Clip
    from motionverse.errors import MotionError
    from motionverse.formats import load, save
    from motionverse.motion import Motion
    from motionverse.skeleton import WHOLE_BODY, Skeleton
    from motionverse.store import Store
    from motionverse.tomato import decode, encode
    from motionverse.view import render

_HOMES = {
    "Caption": "clip",
    "Clip": "clip",
    "Motion": "motion",
    "MotionError": "errors",
    "Skeleton": "skeleton",
    "Store": "store",
    "WHOLE_BODY": "skeleton",
    "decode": "tomato",
    "encode": "tomato",
    "load": "formats",
    "render": "view",
    "save": "formats",
}
_ROOMS = ("build", "canonical", "contact", "retarget")  # modules whose function has the module's name
__all__ = [
    "WHOLE_BODY", "Caption", "Clip", "Motion", "MotionError", "Skeleton", "Store",
    "build", "canonical", "contact", "decode", "encode", "load", "render", "retarget", "save",
]  # fmt: skip


def __getattr__(name: str) -> "Any":
    if name in _ROOMS:
        return importlib.import_module(f"motionverse.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'motionverse' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"motionverse.{_HOMES[name]}"), name)
    globals()[name] = value  # from now on without this detour
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
