"""Draw a Motion: `render(motion, "walk.mp4", title="a person walks")`. Off-screen, any skeleton, no licensed body.

body: a mesh on joints; mesh: the baked CC0 body; smpl: bodies of the user's own model files; capsules: a body along any bones;
camera: where to look from; floor: the ground and the shadow; scene: the shading (pyrender over EGL); video: the files. Renderers
are imported when a picture is drawn.
"""

from motionverse.view.body import Body
from motionverse.view.capsules import capsules
from motionverse.view.mesh import body_for
from motionverse.view.smpl import load as load_body
from motionverse.view.video import check, render

__all__ = ["Body", "body_for", "capsules", "check", "load_body", "render"]
