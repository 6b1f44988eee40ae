"""What sending a mail costs, next to a bare aiosmtplib loop that sends the same bytes.

python -m bench.sending [--mails N] [--rounds N] [--connections N] [--quick] [--out FILE]

Real Kafka, both Redis (the ledger syncing each write), Postfix's smtp-sink; the sender role as a
process with decisions that wait for it.
"""

import argparse
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from rich.console import Console

from bench import sending_report
from bench.children import Child
from bench.report import machine_facts
from bench.sending_ground import SendingGround
from bench.task import Measured
from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_sink import SmtpSink

RESULTS = Path(__file__).parent / "results" / "sending.json"
DOCS = Path(__file__).parents[1] / "docs" / "measurements.md"
SENDER = "bench.peers.sender"


def main(arguments: list[str]) -> int:
    """Run everything, round by round; returns the exit status: 1 where the target is missed."""
    options = _options(arguments)
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="nextbest-bench-") as name:
        folder = Path(name)
        with (
            KafkaServer(folder / "kafka", heap_mib=512) as kafka,
            RedisServer(folder / "state", "state") as state,
            RedisServer(folder / "ledger", "ledger") as ledger,
            SmtpSink(folder / "sink") as sink,
        ):
            ground = SendingGround(
                kafka,
                state,
                ledger,
                sink,
                folder,
                connections=options.connections,
                warm=max(10, options.mails // 5),
                mails=options.mails,
            )
            ground.render()
            results = _measure(ground, options, shlex.join(arguments), console.log)
    out: Path = options.out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
    Console().print(sending_report.table(results))
    if out == RESULTS:
        sending_report.write_docs(results, DOCS)
    return 0 if options.quick or results.target_met else 1


def _measure(
    ground: SendingGround,
    options: argparse.Namespace,
    arguments: str,
    tell: Callable[[str], None],
) -> sending_report.SendingResults:
    machine = machine_facts()
    rounds: dict[str, list[Measured]] = {"bare": [], "sender": [], "blocked": [], "signed": []}
    for number in range(1, options.rounds + 1):
        tell(f"sending, round {number} of {options.rounds}")
        with Child("bench.peers.bare_smtp", ground.task(f"bare{number}"), ground.folder) as child:
            rounds["bare"].append(child.result())
        for name in ("sender", "blocked", "signed"):
            how = {"signed": name == "signed", "blocked": name == "blocked"}
            rounds[name].append(_send(ground, f"{name}{number}", **how))
    tell("sending, step by step")
    steps = _send(ground, "steps", "steps", signed=True)
    return sending_report.summarize(
        rounds,
        steps,
        command=f"python -m bench.sending {arguments}".strip(),
        machine=machine,
        mail_bytes=ground.mail_bytes,
        connections=options.connections,
    )


def _send(
    ground: SendingGround, group: str, *arguments: str, signed: bool, blocked: bool = False
) -> Measured:
    task = ground.task(group, signed=signed)
    ground.prepare(task, blocked=blocked)
    with Child(SENDER, task, ground.folder, *arguments) as child:
        return child.result()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sending", description=__doc__)
    parser.add_argument("--mails", type=int, help="measured mails a run (default: 3,000)")
    parser.add_argument("--rounds", type=int, help="rounds, each way in turn (default: 5)")
    parser.add_argument("--connections", type=int, default=8, help="SMTP connections (8)")
    parser.add_argument("--quick", action="store_true", help="few mails, one round: a smoke test")
    parser.add_argument("--out", type=Path, help="where the JSON goes")
    options = parser.parse_args(arguments)
    options.mails = options.mails or (100 if options.quick else 3_000)
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.out = options.out or (Path("var/bench/sending.json") if options.quick else RESULTS)
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
