"""What recommendations take: memory, bytes published, and how long reading them keeps others.

    python -m bench.recommend [--items 50000] [--sessions 100000]

Two tables, each filled in a process of its own: `usual` from a shop's visits (products by Zipf's
law, five views a visit), `full` with every list as long as it may become.
"""

import argparse
import gc
import json
import random
import subprocess
import sys
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from rich.console import Console
from rich.table import Table

from models.catalog import Catalog
from models.recommend.copurchases import FOLLOWERS
from models.recommend.followers import Followers
from models.recommend.items import Item
from models.recommend.learner import Learner
from models.recommend.sessions import Session
from models.recommend.settings import Settings
from models.recommend.sorting import Sorting
from models.recommend.stored import Loader, parts_of
from models.step import Record

_VIEWS = 5
_PER_CATEGORY = 200
_ASKED = 300
_MEBIBYTE = 1_048_576


def usual(settings: Settings, rng: random.Random) -> Learner:
    """As many visits as are kept; people move among twenty products near each other."""
    learner = Learner(settings)
    for visit in range(settings.sessions):
        start = int(settings.items ** rng.random())
        for _ in range(_VIEWS):
            item = (start + rng.randrange(20)) % settings.items
            learner.recommender.learn(f"{visit:016x}", f"product-{item:07d}")
        if visit % 10 == 0:
            learner.bought.learn([f"product-{start:07d}", f"product-{start // 2:07d}"])
    learner.learned = settings.sessions * _VIEWS
    return learner


def full(settings: Settings, rng: random.Random) -> Learner:
    """Every list as long as it may become."""
    learner = Learner(settings)
    recommender = learner.recommender
    names = [f"product-{number:07d}" for number in range(settings.items)]
    for session in range(1, settings.sessions + 1):
        kept = rng.choices(names, k=settings.session_items)
        recommender.sessions.restore(f"{session:016x}", Session(session, len(kept), kept))
    for name in names:
        followers = _followers(names, settings.followers, rng)
        numbers = rng.choices(range(1, settings.sessions + 1), k=settings.postings)
        recommender.items.restore(Item(name, rng.random(), sorted(numbers), followers))
        learner.bought.restore(name, _followers(names, FOLLOWERS, rng))
    recommender.items.complete(names[:200], 1.0, float(settings.items))
    recommender.sessions.complete(settings.sessions + 1)
    return learner


def _followers(names: list[str], many: int, rng: random.Random) -> Followers:
    weights = {name: rng.random() for name in rng.choices(names, k=many)}
    return Followers(weights, sum(weights.values()))


def resident_bytes() -> int:
    """Memory that the process holds."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status doesn't say VmRSS")


def written(kind: str, settings: Settings, folder: Path) -> dict[str, Any]:
    """Fill tables, write their parts into a folder, and tell what that took."""
    before = resident_bytes()
    learner = {"usual": usual, "full": full}[kind](settings, random.Random(1))
    held = resident_bytes() - before
    stretches, size, began = [], 0, process_time()
    for number, part in zip(count(), parts_of(learner), strict=False):
        stretches.append(process_time() - began)
        (folder / f"{number:06d}").write_bytes(part)
        size += len(part)
        began = process_time()
    return {
        "held_bytes": held,
        "size_bytes": size,
        "parts": len(stretches),
        "encode_seconds": sum(stretches),
        "encode_stall_ms": 1e3 * max(stretches),
    }


def read_back(folder: Path) -> dict[str, Any]:
    """Load the parts as a worker does, ask for recommendations, and let go of all of it."""
    before, stretches = resident_bytes(), []
    loader = Loader()
    for path in sorted(folder.iterdir()):
        part = path.read_bytes()
        began = process_time()
        loader.take(part)
        stretches.append(process_time() - began)
    began = process_time()
    learner = loader.finish()
    stretches.append(process_time() - began)
    del loader
    held = resident_bytes() - before
    names, rng = list(learner.recommender.items.known), random.Random(2)
    began = process_time()
    for _ in range(_ASKED):
        learner.recommender.after(rng.choices(names, k=5), 20)
    asked = (process_time() - began) / _ASKED
    sort = sorting_stretches(learner)
    shed = []
    while True:
        began = process_time()
        more = learner.shed(500)
        shed.append(process_time() - began)
        if not more:
            break
    return {
        "worker_bytes": held,
        "load_seconds": sum(stretches),
        "load_stall_ms": 1e3 * max(stretches),
        "sort_seconds": sum(sort),
        "sort_stall_ms": 1e3 * max(sort),
        "shed_stall_ms": 1e3 * max(shed),
        "ask_us": 1e6 * asked,
    }


def sorting_stretches(learner: Learner) -> list[float]:
    """Seconds of each stretch in which what decisions ask is worked out, tastes too."""
    names = sorted(learner.recommender.items.known)
    catalog = Catalog({name: _product(name, at) for at, name in enumerate(names)})
    sorting, found, began = Sorting(learner, catalog), [], process_time()
    for _ in sorting.stretches():
        found.append(process_time() - began)
        began = process_time()
    sorting.products()
    return [*found, process_time() - began]


def _product(name: str, at: int) -> Record:
    return {
        "product_id": name,
        "name": name,
        "category": f"category-{at // _PER_CATEGORY}",
        "price": 50.0,
        "currency": "EUR",
        "stock": 5,
        "rating": 4.0,
        "url": None,
        "image_url": None,
        "updated_at": 0,
        "kind": "product",
    }


def _child(arguments: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.recommend", *arguments]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return found


def measured(kind: str, items: int, sessions: int, folder: Path) -> dict[str, Any]:
    """Both halves of one kind, each in a process of its own."""
    folder.mkdir()
    sizes = ["--items", str(items), "--sessions", str(sessions), "--folder", str(folder)]
    return _child([*sizes, "--write", kind]) | _child([*sizes, "--read"])


def main() -> int:
    """Print the table, or as a child what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--write", choices=("usual", "full"))
    parser.add_argument("--read", action="store_true")
    chosen = parser.parse_args()
    gc.set_threshold(400_000, 20, 100)  # as every stream role has it
    settings = Settings(items=chosen.items, sessions=chosen.sessions)
    if chosen.write:
        print(json.dumps(written(chosen.write, settings, chosen.folder)))
        return 0
    if chosen.read:
        print(json.dumps(read_back(chosen.folder)))
        return 0
    table = Table("", "usual", "full", title=f"{chosen.items:,} items, {chosen.sessions:,} visits")
    with TemporaryDirectory() as folder:
        usually, fully = (
            measured(kind, chosen.items, chosen.sessions, Path(folder) / kind)
            for kind in ("usual", "full")
        )
    for name in usually:
        scale = _MEBIBYTE if name.endswith("_bytes") else 1.0
        what = name.replace("_bytes", "_MiB").replace("_", " ")
        table.add_row(what, *(f"{found[name] / scale:,.1f}" for found in (usually, fully)))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
