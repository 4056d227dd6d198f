"""Draw a Motion: `render(motion, "walk.mp4", title="a person walks")`. Off-screen, any skeleton, no licensed body.

body: a mesh on joints (the baked CC0 body, or capsules along any bones); camera: where to look from; floor: the ground
and the shadow; scene: the shading (pyrender over EGL); video: the files. Renderers are imported when a picture is drawn.
"""

from motionverse.view.body import Body, body_for, capsules
from motionverse.view.video import check, render

__all__ = ["Body", "body_for", "capsules", "check", "render"]
