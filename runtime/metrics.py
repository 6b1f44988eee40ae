"""Every metric of every role, in one typed place, on a registry of its own.

Names follow Prometheus' conventions: `nextbest_` first, base units, `_total` on counters. Labels
hold few values (a topic, a status, a partition), never ids of people or decisions. A new metric is
one line here and one in `docs/metrics.md`, which a test compares.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from runtime.metrics_web import WebMetrics

FAST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LATENCY_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
SIZES_BYTES = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)


class Metrics(WebMetrics):
    """The metrics; one object per process, passed to whoever counts.

    Attributes:
        registry: Holds them all, and nothing else.
        labels: The label names of each, by its full name.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.labels: dict[str, tuple[str, ...]] = {}
        self._intake()
        self._worker()
        self._decisions()
        self._sender()
        self._guardrails()
        self._volume()
        self._web()
        self._web_answers()
        self._inbound()
        self._trainer()
        self._recommendations()
        self._process()

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        self.labels[f"nextbest_{name}"] = labels
        return Counter(f"nextbest_{name}", what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        self.labels[f"nextbest_{name}"] = labels
        return Gauge(f"nextbest_{name}", what, labels, registry=self.registry)

    def _histogram(
        self, name: str, what: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        self.labels[f"nextbest_{name}"] = labels
        return Histogram(f"nextbest_{name}", what, labels, buckets=buckets, registry=self.registry)

    def _intake(self) -> None:
        self.intake_records_total = self._counter(
            "intake_records_total", "Records taken from the events topics.", "topic"
        )
        self.intake_journal_records_total = self._counter(
            "intake_journal_records_total", "Records acknowledged by the journal."
        )
        self.intake_lost_records_total = self._counter(
            "intake_lost_records_total",
            "Records that retention deleted before intake had read them.",
            "topic",
        )
        self.dead_letters_total = self._counter(
            "dead_letters_total", "Records set aside, by stage and reason.", "stage", "reason"
        )

    def _worker(self) -> None:
        self.worker_records_total = self._counter(
            "worker_records_total", "Journal records applied, by record name.", "record"
        )
        self.worker_duplicates_total = self._counter(
            "worker_duplicates_total",
            "Journal records that changed nothing because they were repeats; kind is source or "
            "event_id.",
            "kind",
        )
        self.worker_chunk_seconds = self._histogram(
            "worker_chunk_seconds", "From a chunk's arrival to its commit.", FAST_SECONDS
        )
        self.worker_commit_seconds = self._histogram(
            "worker_commit_seconds", "Duration of a fenced write.", FAST_SECONDS
        )
        self.worker_commit_keys = self._histogram(
            "worker_commit_keys", "Keys of a fenced write.", COUNTS
        )
        self.worker_lag_records = self._gauge(
            "worker_lag_records",
            "Records not yet taken in: of the journal (worker), the outcomes or, as "
            "interactions-partition-0, the interactions (trainer).",
            "partition",
        )
        self.worker_partitions = self._gauge(
            "worker_partitions", "Partitions this worker or trainer holds."
        )
        self.worker_cache_profiles = self._gauge(
            "worker_cache_profiles", "Profiles kept in memory.", "partition"
        )
        self.worker_cache_hits_total = self._counter(
            "worker_cache_hits_total", "Profiles found in memory."
        )
        self.worker_cache_misses_total = self._counter(
            "worker_cache_misses_total", "Profiles loaded from the state store."
        )
        self.worker_profile_bytes = self._histogram(
            "worker_profile_bytes", "Encoded size of profiles written (sampled).", SIZES_BYTES
        )
        self.worker_outbox_records = self._gauge(
            "worker_outbox_records", "Records committed and not yet produced.", "partition"
        )
        self.worker_produced_total = self._counter(
            "worker_produced_total", "Records produced from the outbox, by record name.", "record"
        )
        self.worker_interactions_total = self._counter(
            "worker_interactions_total",
            "Interactions with products gathered for recommendations.",
        )
        self.worker_interactions_ratio = self._gauge(
            "worker_interactions_ratio",
            "Share of the people whose interactions are gathered, 0 to 1.",
            "partition",
        )
        self.timers_fired_total = self._counter(
            "timers_fired_total", "Timers that fell due, by prefix of their names.", "prefix"
        )
        self.waiting = self._gauge(
            "waiting",
            "Entries of the waiting list: a person and a thing each.",
            "partition",
            "kind",
        )
        self.fanned_out_total = self._counter(
            "fanned_out_total",
            "People told of what they waited for, by kind; `campaign`: whose turn came in one.",
            "kind",
        )
        self.timers_late_seconds = self._histogram(
            "timers_late_seconds",
            "From due to step, of the latest timer in a batch.",
            LATENCY_SECONDS,
        )

    def _decisions(self) -> None:
        self.decisions_total = self._counter(
            "decisions_total",
            "Decisions, by action (send, hold or wait), flow, arm and first reason.",
            "action",
            "flow",
            "arm",
            "reason",
        )
        self.recommended_total = self._counter(
            "recommended_total",
            "Products shown by decisions to send, by source: cart, viewed, related, sequence, "
            "collaborative, substitutes, complements, content, category or popularity.",
            "source",
        )
        self.discounts_total = self._counter(
            "discounts_total",
            "What the programme's offers took off redeemed orders, in the shop's currency.",
        )
        self.codes_total = self._counter(
            "codes_total",
            "Single-use codes, by offer and change: loaded, repeated, refused, reserved, released, "
            "given, redeemed or withdrawn.",
            "offer",
            "change",
        )
        self.codes_free = self._gauge(
            "codes_free",
            "Single-use codes that may be given to the people of a partition.",
            "offer",
            "partition",
        )
        self.segment_changes_total = self._counter(
            "segment_changes_total",
            "Times somebody entered or left a segment; change is entered or left.",
            "segment",
            "change",
        )
        self.attributes_refused_total = self._counter(
            "attributes_refused_total",
            "Values of declared attributes that weren't of their type and were left out.",
            "attribute",
        )
        self.opt_ins_unconfirmed_total = self._counter(
            "opt_ins_unconfirmed_total",
            "Opt-ins left aside since they weren't confirmed, which the programme asks for.",
        )
        self.event_to_decision_seconds = self._histogram(
            "event_to_decision_seconds",
            "Wall clock from a triggering record's journal timestamp to its decision's commit.",
            LATENCY_SECONDS,
        )

    def _sender(self) -> None:
        self.deliveries_total = self._counter(
            "deliveries_total", "What became of decisions to send, by status.", "status", "flow"
        )
        self.sender_decisions_total = self._counter(
            "sender_decisions_total", "Decisions taken from the topic, by action.", "action"
        )
        self.sender_pace_wait_seconds = self._histogram(
            "sender_pace_wait_seconds", "Time waited for the shared rate limit.", LATENCY_SECONDS
        )
        self.sender_waiting = self._gauge(
            "sender_waiting",
            "Mails that wait for their turn at a mailbox provider or are being handed over.",
            "provider",
        )
        self.sender_aside = self._gauge(
            "sender_aside",
            "Decisions laid aside, to be read again when their destination has room.",
        )
        self.sender_throttle_ratio = self._gauge(
            "sender_throttle_ratio",
            "Share of its rate that a mailbox provider has left after asking for less, 0 to 1.",
            "provider",
        )
        self.sender_slowed_total = self._counter(
            "sender_slowed_total", "Times this process slowed a provider as it asked.", "provider"
        )
        self.sender_render_seconds = self._histogram(
            "sender_render_seconds", "Time to render one mail.", FAST_SECONDS
        )
        self.sender_build_seconds = self._histogram(
            "sender_build_seconds", "Time to build one mail's bytes.", FAST_SECONDS
        )
        self.sender_sign_seconds = self._histogram(
            "sender_sign_seconds", "Time to sign one mail (DKIM), with all keys.", FAST_SECONDS
        )
        self.sender_smtp_seconds = self._histogram(
            "sender_smtp_seconds", "From MAIL to the answer after DATA.", LATENCY_SECONDS
        )
        self.sender_reworded_total = self._counter(
            "sender_reworded_total",
            "Mails of which a slot was worded otherwise than decided, since that was true no more.",
        )
        self.sender_retries_total = self._counter(
            "sender_retries_total", "Temporary failures that will be tried again, by kind.", "kind"
        )
        self.sender_in_flight = self._gauge(
            "sender_in_flight", "Decisions taken and not yet finished."
        )
        self.decision_to_accept_seconds = self._histogram(
            "decision_to_accept_seconds",
            "Wall clock from a decision's timestamp in its topic to its acceptance by SMTP.",
            LATENCY_SECONDS,
        )

    def _guardrails(self) -> None:
        self.guardrail_level = self._gauge(
            "guardrail_level",
            "How a message stream stands: 0 well, 1 above a limit that warns, 2 stopped until a "
            "person resumes it.",
            "stream",
        )
        self.guardrail_bound_ratio = self._gauge(
            "guardrail_bound_ratio",
            "What complaints, bounces or unsubscribes of a stream surely exceed as a share of "
            "accepted mails, at its worst message and provider.",
            "stream",
            "kind",
        )
        self.guardrail_warnings_total = self._counter(
            "guardrail_warnings_total", "Times a rate rose above a limit.", "stream", "kind"
        )
        self.guardrail_stops_total = self._counter(
            "guardrail_stops_total", "Times this sender stopped a stream.", "stream", "kind"
        )

    def _volume(self) -> None:
        self.volume_used_ratio = self._gauge(
            "volume_used_ratio",
            "Share of a day's budget of mails that is used, 0 to 1, as this sender found it last; "
            "warmup:STREAM, cap:STREAM or week.",
            "budget",
        )
        self.volume_held = self._gauge(
            "volume_held",
            "1 where a warm-up takes no step while complaints or bounces are high.",
            "stream",
        )
        self.volume_waits_total = self._counter(
            "volume_waits_total", "Times a mail was told to wait for the day's volume.", "stream"
        )
        self.volume_hopeless_total = self._counter(
            "volume_hopeless_total",
            "Mails that ended as expired at once: the volume of the days until they would expire "
            "goes to people more engaged.",
            "stream",
        )

    def _web(self) -> None:
        self.web_requests_total = self._counter(
            "web_requests_total", "Requests answered, by route and status.", "route", "status"
        )
        self.web_request_seconds = self._histogram(
            "web_request_seconds", "Time to answer a request.", FAST_SECONDS, "route"
        )

    def _inbound(self) -> None:
        self.inbound_mails_total = self._counter(
            "inbound_mails_total",
            "Mails that came back: kind is hard, soft, complaint or none; source is dsn, arf, text "
            "or none; fate is applied, repeated, other_address, unproven, delayed or ignored.",
            "kind",
            "source",
            "fate",
        )
        self.inbound_refused_total = self._counter(
            "inbound_refused_total",
            "Mails and recipients not taken: relaying, forged, later (a store is away) or threw.",
            "why",
        )
        self.inbound_seconds = self._histogram(
            "inbound_seconds", "From a whole mail to its durable answer.", LATENCY_SECONDS
        )

    def _trainer(self) -> None:
        self.trainer_outcomes_total = self._counter("trainer_outcomes_total", "Outcomes learned.")
        self.trainer_labels_total = self._counter(
            "trainer_labels_total", "Labels of sampled moments learned."
        )
        self.trainer_corrections_total = self._counter(
            "trainer_corrections_total",
            "Corrections of outcomes, by what came of them; forgotten: they came too late.",
            "fate",
        )
        self.trainer_drifts_total = self._counter(
            "trainer_drifts_total",
            "Times a belief (click, order, leave or unasked) was found to no longer hold.",
            "belief",
        )
        self.trainer_cluster_drift = self._gauge(
            "trainer_cluster_drift",
            "By how much the clusters of people have lately left what is usual: of shares, the "
            "population stability index; of centres, standard deviations.",
            "of",
        )
        self.trainer_snapshots_total = self._counter(
            "trainer_snapshots_total", "Snapshots published."
        )
        self.trainer_snapshot_bytes = self._gauge(
            "trainer_snapshot_bytes", "Size of the last snapshot."
        )

    def _recommendations(self) -> None:
        self.trainer_interactions_total = self._counter(
            "trainer_interactions_total", "Interactions with products learned from."
        )
        self.recommend_snapshots_total = self._counter(
            "recommend_snapshots_total", "Times recommendations were published."
        )
        self.recommend_snapshot_bytes = self._gauge(
            "recommend_snapshot_bytes", "Size of the recommendations published or taken last."
        )
        self.recommend_learned_records = self._gauge(
            "recommend_learned_records",
            "Interactions that the recommendations published or taken last were learned from.",
        )
        self.recommend_age_seconds = self._gauge(
            "recommend_age_seconds",
            "Time since the recommendations that a worker uses were published.",
        )
        self.recommend_stall_seconds = self._gauge(
            "recommend_stall_seconds",
            "Longest stretch that taking or writing recommendations last kept others from work.",
        )
        self.recommend_refused_total = self._counter(
            "recommend_refused_total", "Published recommendations that a worker couldn't use."
        )

    def _process(self) -> None:
        self.progress_age_seconds = self._gauge(
            "progress_age_seconds", "Time since a part of the role last showed progress.", "part"
        )
