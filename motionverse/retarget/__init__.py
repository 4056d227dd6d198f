"""Any skeleton to any other: retarget(motion, target) -> (Motion, Report); the target is WHOLE_BODY unless given.

families         what well-known skeletons call their joints
joint_names      which joint plays which part, by name
joint_structure  the same from the shape of the tree, where names say nothing
source_pose      where the source's joints are and how they are turned
rest_pose        how it would stand in the T-pose
anatomy          the same from how a body moves, where the zero pose is no person
figure           a skeleton that motion is put on
transfer         every frame at once
report, page     what was mapped, guessed and left out: text, JSON, a page with pictures
"""

from motionverse.retarget.report import Report
from motionverse.retarget.transfer import retarget

__all__ = ["Report", "retarget"]
