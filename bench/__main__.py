"""`make bench`: what an event costs, next to stock Faust and a bare consumer, and what a mail does.

python -m bench [--events N] [--rounds N] [--quick] [--events-only] [--out FILE]

Mails are measured by `bench.sending`.
"""

import argparse
import shlex
import sys
import tempfile
from pathlib import Path

import msgspec
from rich.console import Console

from bench import report, sending
from bench.ground import Ground, Scale
from bench.rounds import PEERS
from bench.task import Measured
from deploy.servers.kafka import KafkaServer

RESULTS = Path(__file__).parent / "results" / "latest.json"
DOCS = Path(__file__).parents[1] / "docs" / "measurements.md"


def main(arguments: list[str]) -> int:
    """Run all peers, round by round; returns the exit status: 1 where the target is missed."""
    options = _options(arguments)
    command = shlex.join(["python", "-m", "bench", *arguments])
    console = Console(stderr=True)
    rounds: dict[str, list[Measured]] = {name: [] for name in PEERS}
    with tempfile.TemporaryDirectory(prefix="nextbest-bench-") as folder:
        with KafkaServer(Path(folder) / "kafka", heap_mib=1024) as kafka:
            ground = Ground(kafka, Path(folder), _scale(options))
            facts = report.machine_facts()
            ground.prepare(console.log)
            for number in range(1, options.rounds + 1):
                for name, run in PEERS.items():
                    console.log(f"round {number} of {options.rounds}: {name}")
                    rounds[name].append(run(ground))
    results = report.summarize(rounds, ground.scale, facts, command)
    out: Path = options.out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    Console().print(report.table(results))
    if out == RESULTS:
        report.write_docs(results, DOCS)
    missed = not (options.quick or results.ratios["target_met"])
    if missed:
        console.print(f"less than {report.TARGET:g} times stock Faust: {results.ratios}")
    if options.events_only:
        return int(missed)
    return max(int(missed), sending.main(["--quick"] if options.quick else []))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--events", type=int, help="measured events (default: 200,000)")
    parser.add_argument("--rounds", type=int, help="rounds, peers in turn (default: 3)")
    parser.add_argument("--quick", action="store_true", help="little work, one round: a smoke test")
    parser.add_argument("--events-only", action="store_true", help="leave out bench.sending")
    parser.add_argument("--out", type=Path, help="where the JSON goes")
    options = parser.parse_args(arguments)
    options.events = options.events or (2_000 if options.quick else 200_000)
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.out = options.out or (Path("var/bench/quick.json") if options.quick else RESULTS)
    return options


def _scale(options: argparse.Namespace) -> Scale:
    """Two simulated days after eight, at five events a person: outcomes fall due in them too."""
    return Scale(
        events=options.events,
        people=max(10, options.events // 5),
        hours=48,
        warm_hours=8 * 24,
        stock_events=max(1, options.events // 5),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
