"""Any skeleton to WHOLE_BODY: retarget(motion) -> (Motion, Report).

joint_names      which joint of the source plays which part, by name
joint_structure  the same from the shape of the tree, where names say nothing
source_pose      where the source's joints are and how they are turned
rest_pose        how the source would stand in the T-pose
anatomy          the same from how a body moves, where the zero pose is no person
transfer         every frame at once
"""

from motionverse.retarget.transfer import Report, retarget

__all__ = ["Report", "retarget"]
