"""A small FBX scene as text: a skeleton of limb nodes, one take in which the root turns. What an .fbx is damaged from."""

import numpy as np

from motionverse.motion import Motion

SECOND = 46186158000  # FBX's units of time in one


def fbx(motion: Motion) -> bytes:
    """Rest pose and frame rate of a motion as FBX 7.4, in centimetres."""
    names, skeleton = motion.skeleton.names, motion.skeleton
    objects, links = [], []
    for j, (name, parent) in enumerate(zip(names, skeleton.parents, strict=True)):
        place = 100 * (motion.root[0] if j == 0 else skeleton.offsets[j])
        held = f'P: "Lcl Translation", "Lcl Translation", "", "A", {_list(place)}'
        objects.append(
            f'Model: {1000 + j}, "Model::{name}", "LimbNode" {{ Version: 232\nProperties70: {{\n{held}\n}} }}'
        )
        objects.append(f'NodeAttribute: {2000 + j}, "NodeAttribute::", "LimbNode" {{ TypeFlags: "Skeleton" }}')
        links += [f'C: "OO",{2000 + j},{1000 + j}', f'C: "OO",{1000 + j},{1000 + parent if j else 0}']
    stamps = np.round(motion.times * SECOND).astype(np.int64)
    count, keys = len(stamps), 10.0 * np.arange(len(stamps))
    objects += [
        'AnimationStack: 1, "AnimStack::take", "" { }', 'AnimationLayer: 2, "AnimLayer::base", "" { }',
        'AnimationCurveNode: 3, "AnimCurveNode::R", "" { }',
        f'AnimationCurve: 4, "AnimCurve::", "" {{ Default: 0\nKeyVer: 4008\nKeyTime: *{count} {{ a: {_list(stamps)} }}\n'
        f"KeyValueFloat: *{count} {{ a: {_list(keys)} }}\nKeyAttrFlags: *1 {{ a: 4 }}\nKeyAttrDataFloat: *4 {{ a: 0,0,0,0 }}\n"
        f"KeyAttrRefCount: *1 {{ a: {count} }} }}",
    ]  # fmt: skip
    links += ['C: "OO",1,0', 'C: "OO",2,1', 'C: "OO",3,2', 'C: "OP",3,1000, "Lcl Rotation"', 'C: "OP",4,3, "d|X"']
    head = ["; FBX 7.4.0 project file", "FBXHeaderExtension: { FBXHeaderVersion: 1003\nFBXVersion: 7400 }"]
    return "\n".join([*head, "Objects: {", *objects, "}", "Connections: {", *links, "}", ""]).encode()


def _list(values: np.ndarray) -> str:
    return ",".join(f"{value:.10g}" if isinstance(value, float) else str(value) for value in values.tolist())
