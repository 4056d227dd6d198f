"""glTF files under the Khronos validator and, drawn by three.js in a browser without a window, in a picture.

    python -m tools.gltf_check walk.glb other.glb                              # exit code 1 where the validator finds an error
    python -m tools.gltf_check walk.glb --picture walk.png --at 0.3 0.8        # as a viewer shows it at these seconds

Needs node with npm, which fetches `gltf-validator` and `three` into a temporary folder (--modules keeps and reuses one);
for pictures, chromium.
"""

import argparse
import functools
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).parent / "gltf_check"
FLAGS = (
    "--headless --no-sandbox --no-first-run --disable-quic --disable-sync --disable-background-networking "
    "--disable-component-update --use-angle=swiftshader --enable-unsafe-swiftshader --hide-scrollbars "
    "--virtual-time-budget=20000"
).split()


def main() -> int:
    """Check what is asked for; 1 where a file has errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="draw the first file")
    parser.add_argument("--at", type=float, nargs="+", default=[0.0, 0.5], metavar="S", help="seconds to draw")
    parser.add_argument("--animation", type=int, default=0, metavar="N", help="which animation to draw")
    parser.add_argument("--size", default="960x480", metavar="WxH", help="of the picture")
    parser.add_argument("--modules", type=Path, metavar="DIR", help="folder that keeps the node packages")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (chosen.modules or Path(scratch)).resolve()
        if not (folder / "node_modules" / "three").is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["npm", "install", "--silent", "--prefix", folder, "three", "gltf-validator"], check=True)
        wrong = validated(chosen.files, folder)
        if chosen.picture:
            draw(chosen, folder)
    return int(wrong)


def validated(files: list[Path], folder: Path) -> bool:
    """Print what the validator says; whether anything is wrong."""
    command = ["node", HERE / "validate.mjs", folder, *files]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [json.loads(line) for line in said]
    for row in rows:
        print(f"{row['file']}: {row['errors']} errors, {row['warnings']} warnings", *row["told"][:10], sep="\n    ")
    return any(row["errors"] for row in rows)


def draw(chosen: argparse.Namespace, folder: Path) -> None:
    """The first file as three.js shows it."""
    with tempfile.TemporaryDirectory() as site:
        shutil.copy(HERE / "page.html", site)
        shutil.copy(chosen.files[0], Path(site) / "shown.glb")
        (Path(site) / "node_modules").symlink_to(folder / "node_modules")
        quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *words: None})
        handler = functools.partial(quiet, directory=site)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            asked = f"file=shown.glb&animation={chosen.animation}&at={','.join(map(str, chosen.at))}&size={chosen.size}"
            page = f"http://127.0.0.1:{server.server_port}/page.html?{asked}"
            size = f"--window-size={chosen.size.replace('x', ',')}"
            where = [f"--screenshot={chosen.picture.resolve()}", f"--user-data-dir={site}/profile", size]
            subprocess.run(["chromium", *FLAGS, *where, page], check=True, capture_output=True, timeout=180)
            server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
