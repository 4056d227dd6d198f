"""Draw a Motion: `render(motion, "walk.mp4", title="a person walks")`. Off-screen, any skeleton, no licensed body.

body: a mesh on joints; mesh: the baked CC0 body; capsules: a body along any bones; camera: where to look from; floor: the ground
and the shadow; scene: the shading (pyrender over EGL); video: the files. Renderers are imported when a picture is drawn.
"""

from motionverse.view.body import Body
from motionverse.view.capsules import capsules
from motionverse.view.mesh import body_for
from motionverse.view.video import check, render

__all__ = ["Body", "body_for", "capsules", "check", "render"]
