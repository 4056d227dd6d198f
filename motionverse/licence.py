"""The licence ledger: what each corpus allows, and what a set of clips adds up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from motionverse.errors import MotionError

COMMERCIAL, RESEARCH, UNKNOWN = "commercial", "research", "unknown"
CLASSES = (COMMERCIAL, RESEARCH, UNKNOWN)  # each allows what those before it allow


@dataclass(frozen=True)
class Licence:
    """kind: "commercial" (any use, with credit), "research" (non-commercial only) or "unknown" (ask before any use)."""

    key: str
    name: str
    kind: str
    attribution: str
    citation: str = ""


def _table(*rows: Licence) -> dict[str, Licence]:
    return {row.key: row for row in rows}


LICENCES = _table(
    Licence(
        "bandai-namco",
        "CC BY-NC 4.0",
        RESEARCH,
        "(c) 2022 Bandai Namco Research Inc.",
        "Kobayashi et al., Motion Capture Dataset for Practical Use of AI-based Motion Editing and Stylization, arXiv:2306.08861",
    ),
    Licence(
        "cmu",
        "CMU Graphics Lab terms (free use, no resale of the data itself)",
        COMMERCIAL,
        "The data used in this project was obtained from mocap.cs.cmu.edu. "
        "The database was created with funding from NSF EIA-0196217.",
    ),
    Licence(
        "cmu-actions",
        "MIT (selection) and CMU Graphics Lab terms (motion)",
        COMMERCIAL,
        "The data used in this project was obtained from mocap.cs.cmu.edu. "
        "The database was created with funding from NSF EIA-0196217.",
        "Li et al., Convolutional Sequence to Sequence Model for Human Dynamics, CVPR 2018",
    ),
    Licence("reactidle", "MIT", COMMERCIAL, "ReActIdle authors", "ReActIdle, arXiv:2509.05023"),
    Licence(
        "deepmimic",
        "MIT",
        COMMERCIAL,
        "(c) Xue Bin Peng",
        "Peng et al., DeepMimic, ACM Transactions on Graphics 37(4), 2018",
    ),
    Licence(
        "deepmimic-sie",
        "CC BY-NC 4.0",
        RESEARCH,
        "(c) 2021 Sony Interactive Entertainment",
        "Peng et al., AMP: Adversarial Motion Priors, ACM Transactions on Graphics 40(4), 2021",
    ),
    Licence(
        "ase-reallusion",
        "NVIDIA License and Reallusion terms (non-commercial)",
        RESEARCH,
        "Motion data provided courtesy of Reallusion, strictly for noncommercial use.",
        "Peng et al., ASE: Adversarial Skill Embeddings, ACM Transactions on Graphics 41(4), 2022",
    ),
    Licence(
        "animated-drawings",
        "MIT",
        COMMERCIAL,
        "(c) Meta Platforms, Inc. and affiliates",
        "Smith et al., A Method for Animating Children's Drawings of the Human Figure, ACM Transactions on Graphics 42(3), 2023",
    ),
    Licence(
        "aistpp",
        "CC BY 4.0",
        COMMERCIAL,
        "AIST++ annotations by Google LLC",
        "Li et al., AI Choreographer: Music Conditioned 3D Dance Generation with AIST++, ICCV 2021",
    ),
    Licence("anim-cc0", "CC0 1.0", COMMERCIAL, "Mesh2Motion; Kay Lousberg (KayKit)"),
    Licence(
        "beat2",
        "Apache-2.0",
        COMMERCIAL,
        "BEAT2 authors",
        "Liu et al., EMAGE: Towards Unified Holistic Co-Speech Gesture Generation, CVPR 2024",
    ),
    Licence(
        "amass",
        "AMASS licence (non-commercial scientific research)",
        RESEARCH,
        "Max-Planck-Gesellschaft and the owners of the captures that AMASS gathers",
        "Mahmood et al., AMASS: Archive of Motion Capture as Surface Shapes, ICCV 2019",
    ),
    Licence(
        "humanml3d",
        "MIT (text) on AMASS (research) motion",
        RESEARCH,
        "(c) 2022 Chuan Guo",
        "Guo et al., Generating Diverse and Natural 3D Human Motions from Text, CVPR 2022",
    ),
    Licence(
        "kit-ml",
        "not stated (its page asks for a citation)",
        UNKNOWN,
        "KIT, High Performance Humanoid Technologies",
        "Plappert et al., The KIT Motion-Language Dataset, Big Data 4(4), 2016",
    ),
    Licence(
        "babel",
        "BABEL licence (non-commercial scientific research), on AMASS",
        RESEARCH,
        "Max-Planck-Gesellschaft",
        "Punnakkal et al., BABEL: Bodies, Action and Behavior with English Labels, CVPR 2021",
    ),
    Licence(
        "motion-x",
        "Motion-X licence (non-commercial), and those of the sets it gathers",
        RESEARCH,
        "International Digital Economy Academy",
        "Lin et al., Motion-X: A Large-scale 3D Expressive Whole-body Human Motion Dataset, NeurIPS 2023",
    ),
    Licence(
        "humanact12",
        "not stated",
        UNKNOWN,
        "HumanAct12 authors",
        "Guo et al., Action2Motion: Conditioned Generation of 3D Human Motions, ACM MM 2020",
    ),
    Licence(
        "3dpw",
        "3DPW licence (non-commercial scientific research)",
        RESEARCH,
        "Max-Planck-Gesellschaft",
        "von Marcard et al., Recovering Accurate 3D Human Pose in the Wild Using IMUs and a Moving Camera, ECCV 2018",
    ),
    Licence(
        "beat",
        "CC BY-NC 4.0",
        RESEARCH,
        "BEAT authors",
        "Liu et al., BEAT: A Large-Scale Semantic and Emotional Multi-Modal Dataset, ECCV 2022",
    ),
    Licence(
        "uestc",
        "UESTC licence agreement (academic use)",
        RESEARCH,
        "Center for Future Media, University of Electronic Science and Technology of China",
        "Ji et al., A Large-scale Varying-view RGB-D Action Dataset for Arbitrary-view Human Action Recognition, ACM MM 2018",
    ),
    Licence(
        "ntu-rgbd",
        "ROSE Lab terms (academic research)",
        RESEARCH,
        "Rapid-Rich Object Search (ROSE) Lab, Nanyang Technological University, Singapore",
        "Shahroudy et al., NTU RGB+D, CVPR 2016; Liu et al., NTU RGB+D 120, IEEE TPAMI 42(10), 2020",
    ),
    Licence(
        "human36m",
        "Human3.6M licence (academic use)",
        RESEARCH,
        "IMAR, Romanian Academy",
        "Ionescu et al., Human3.6M: Large Scale Datasets and Predictive Methods for 3D Human Sensing, IEEE TPAMI 36(7), 2014",
    ),
    Licence(
        "mpi-inf-3dhp",
        "MPI-INF-3DHP terms (non-commercial research)",
        RESEARCH,
        "Max Planck Institute for Informatics",
        "Mehta et al., Monocular 3D Human Pose Estimation in the Wild Using Improved CNN Supervision, 3DV 2017",
    ),
    Licence(
        "ted-gesture",
        "not stated for the poses; TED talks are CC BY-NC-ND 4.0",
        RESEARCH,
        "ETRI; TED Conferences",
        "Yoon et al., Speech Gesture Generation from the Trimodal Context, ACM Transactions on Graphics 39(6), 2020",
    ),
    Licence(
        "ted-expressive",
        "not stated for the poses; TED talks are CC BY-NC-ND 4.0",
        RESEARCH,
        "HA2G authors; TED Conferences",
        "Liu et al., Learning Hierarchical Cross-Modal Association for Co-Speech Gesture Generation, CVPR 2022",
    ),
    Licence(
        "speech2gesture-3d",
        "not stated",
        UNKNOWN,
        "Takeuchi, Hasegawa and colleagues",
        "Takeuchi et al., Creating a Gesture-Speech Dataset for Speech-Based Automatic Gesture Generation, HCI International 2017",
    ),
    Licence(
        "ui-prmd",
        "ODC Public Domain Dedication and License 1.0",
        COMMERCIAL,
        "University of Idaho",
        "Vakanski et al., A Data Set of Human Body Movements for Physical Rehabilitation Exercises, Data 3(1), 2018",
    ),
    Licence(
        "uci-vicon",
        "CC BY 4.0",
        COMMERCIAL,
        "Theo Theodoridis, University of Essex (UCI Machine Learning Repository)",
        "Theodoridis and Hu, Action Classification of 3D Human Models Using Dynamic ANNs, ROBIO 2007",
    ),
    Licence(
        "accad-osu",
        "CC BY 3.0",
        COMMERCIAL,
        "The Open Motion Data Project by The Ohio State University Advanced Computing Center for the Arts and Design",
    ),
    Licence(
        "fingerspelling",
        "MIT (the landmarks; not the videos they were taken from)",
        COMMERCIAL,
        "(c) 2026 ZurichNLP",
        "Moryossef et al., An Open-Source Gloss-Based Baseline for Spoken to Signed Language Translation, AT4SSL 2023",
    ),
    Licence("leap-hands", "Apache-2.0", COMMERCIAL, "Leap Motion"),
    Licence("livelink-face", "MIT", COMMERCIAL, "(c) 2021 Alexandre Donciu-Julin"),
    Licence("holosoma-climb", "Apache-2.0", COMMERCIAL, "Amazon (holosoma)"),
    # of anybody's own files (source `folder`): what they lie under, in general
    Licence("own", "all rights are the builder's own", COMMERCIAL, "whoever built the store"),
    Licence("cc0", "CC0 1.0", COMMERCIAL, "the owner of the files"),
    Licence("cc-by", "CC BY 4.0", COMMERCIAL, "the owner of the files"),
    Licence("mit", "MIT", COMMERCIAL, "the owner of the files"),
    Licence("cc-by-nc", "CC BY-NC 4.0", RESEARCH, "the owner of the files"),
    Licence("unknown", "not stated", UNKNOWN, "the owner of the files"),
)


@dataclass(frozen=True)
class BillRow:
    """What one source adds under one licence: a number of clips and their seconds."""

    source: str
    licence: Licence
    clips: int
    seconds: float


def bill_of_materials(records: Iterable[Any]) -> list[BillRow]:
    """One row for each source and licence, the longest first.

    records: clips or store records; anything with `source`, `licence` and `seconds` (or a `motion` that has seconds).
    Raises MotionError for a licence that the ledger does not list.
    """
    totals: dict[tuple[str, str], tuple[int, float]] = {}
    for record in records:
        source, key = _field(record, "source"), _field(record, "licence")
        if key not in LICENCES:
            raise MotionError(
                f"licence {key!r} of source {source!r} is not in the ledger; use one of {', '.join(LICENCES)}"
            )
        clips, seconds = totals.get((source, key), (0, 0.0))
        totals[source, key] = clips + 1, seconds + _seconds(record)
    rows = [BillRow(source, LICENCES[key], clips, seconds) for (source, key), (clips, seconds) in totals.items()]
    return sorted(rows, key=lambda row: (-row.seconds, row.source))


@dataclass(frozen=True)
class RecordingRow:
    """A recording beside motion: its own licence and credit, "" where nobody said, and the clips and seconds that it goes with."""

    name: str
    licence: str
    credit: str
    clips: int
    seconds: float


def recordings(records: Iterable[Any]) -> list[RecordingRow]:
    """What sound is among clips or store records, one row a recording, the longest first; sounds without a file are not there.

    Their licences are in the words of whoever collected them (motionverse.clip.Audio), and bind beside those of the motion.
    """
    totals: dict[tuple[str, str, str], tuple[int, float]] = {}
    for record in records:
        for sound in _field(record, "audio"):
            if sound.path:
                key = sound.name.partition("#")[0], sound.licence, sound.credit  # "#": a stretch of one file
                clips, seconds = totals.get(key, (0, 0.0))
                totals[key] = clips + 1, seconds + _seconds(record)
    rows = [RecordingRow(*key, clips, seconds) for key, (clips, seconds) in totals.items()]
    return sorted(rows, key=lambda row: (-row.seconds, row.name))


def allows(widest: str, key: str) -> bool:
    """Whether a licence of the ledger is of the class `widest` or freer. Raises MotionError for a class or key that is none."""
    if widest not in CLASSES:
        raise MotionError(f"licence class {widest!r} is unknown; there are {', '.join(CLASSES)}")
    if key not in LICENCES:
        raise MotionError(f"licence {key!r} is not in the ledger; use one of {', '.join(LICENCES)}")
    return CLASSES.index(LICENCES[key].kind) <= CLASSES.index(widest)


def strictest(rows: Iterable[BillRow]) -> str:
    """The kind that binds a model trained on all rows: "unknown" before "research" before "commercial"."""
    return binding(row.licence.kind for row in rows)


def binding(kinds: Iterable[str]) -> str:
    """The one of several kinds that binds what is made of all of them."""
    found = set(kinds)
    return next((kind for kind in (UNKNOWN, RESEARCH) if kind in found), COMMERCIAL)


def _field(record: Any, name: str) -> Any:
    return record[name] if isinstance(record, Mapping) else getattr(record, name)


def _seconds(record: Any) -> float:
    if isinstance(record, Mapping):
        return float(record["seconds"])
    return float(
        record.motion.seconds if hasattr(record, "motion") and not hasattr(record, "seconds") else record.seconds
    )
