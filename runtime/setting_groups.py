"""The groups of settings: their fields, defaults, ranges and meaning.

`runtime.settings` gathers them into one `Settings`. A field's description is its documentation:
`docs/settings.md` is generated from here, and an error about a field repeats it.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from runtime.setting_values import (
    BootstrapServers,
    DomainName,
    ExistingFile,
    FeedbackSender,
    HttpUrl,
    Line,
    LinkSecret,
    LinkSecrets,
    MailAddress,
    Money,
    Port,
    Positive,
    PreflightChecks,
    Recipients,
    RedisUrl,
    Seconds,
)

DAY_SECONDS = 86_400.0


class Group(BaseModel):
    """One group of settings: unknown names are errors, values don't change after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class KafkaSettings(Group):
    """The Kafka cluster, and how the journal is laid out on it."""

    bootstrap_servers: BootstrapServers = "localhost:9092"
    """Brokers as host:port, separated by commas."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How to talk to the brokers."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    """Required by the SASL protocols."""
    sasl_username: str | None = None
    """Required by the SASL protocols."""
    sasl_password: SecretStr | None = None
    """Required by the SASL protocols."""
    ssl_cafile: ExistingFile | None = None
    """PEM file of the authorities to trust; the system's where unset."""
    ssl_certfile: ExistingFile | None = None
    """PEM file of the client's certificate, for mutual TLS."""
    ssl_keyfile: ExistingFile | None = None
    """PEM file of the client's key, for mutual TLS."""
    ssl_key_password: SecretStr | None = None
    """Password of the client's key."""
    ssl_check_hostname: bool = True
    """Whether the broker's certificate must name the host."""
    session_timeout_seconds: Annotated[float, Field(ge=0.001, le=3_600)] = 10.0
    """A worker silent for longer loses its partitions."""
    heartbeat_seconds: Annotated[float, Field(ge=0.001, le=3_600)] = 3.0
    """How often a worker shows that it lives; at most a third of the session timeout."""
    max_poll_seconds: Annotated[float, Field(ge=0.001, le=86_400)] = 300.0
    """A client that asks for no records for longer loses its partitions."""
    request_timeout_seconds: Annotated[float, Field(ge=0.01, le=300)] = 30.0
    """How long a broker may take to answer."""
    fetch_wait_ms: Annotated[int, Field(ge=1, le=60_000)] = 100
    """How long a broker may hold a consumer's empty fetch; brokers that sleep it out, though
    records have come, want little."""
    journal_partitions: Annotated[int, Field(ge=1, le=4096)] = 8
    """Partitions of the journal; fixed when it is made, since a subscriber's place follows it."""
    replication_factor: Annotated[int, Field(ge=1, le=15)] = 1
    """Replicas of each topic that `nextbest topics create` makes; 3 in production."""
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = "lz4"
    """Compression of produced batches."""
    linger_ms: Annotated[float, Field(ge=0, lt=300_000)] = 5.0
    """How long a producer gathers a batch; events of mails wait for at least 100 ms."""
    producer_overrides: dict[str, str | int | float | bool] = {}
    """Further librdkafka producer properties, as a table in the file or JSON in the variable."""


class RedisSettings(Group):
    """The two stores: the state, and the ledger of what was sent."""

    state_url: RedisUrl = SecretStr("redis://localhost:6379/0")
    """Profiles, contacts, timers, outboxes: redis://, rediss:// or unix://, user and password in
    the URL."""
    ledger_url: RedisUrl = SecretStr("redis://localhost:6379/1")
    """Claims, suppressions, pauses; a server that writes every claim to disk before answering."""
    state_cluster: bool = False
    """Whether the state's URL is a node of a Redis Cluster."""
    ledger_cluster: bool = False
    """Whether the ledger's URL is a node of a Redis Cluster."""
    ssl_ca_certs: ExistingFile | None = None
    """PEM file of the authorities to trust for rediss://; the system's where unset."""
    ssl_certfile: ExistingFile | None = None
    """PEM file of the client's certificate, for mutual TLS."""
    ssl_keyfile: ExistingFile | None = None
    """PEM file of the client's key, for mutual TLS."""
    ssl_check_hostname: bool = True
    """Whether the server's certificate must name the host."""
    connect_timeout_seconds: Seconds = 5.0
    """How long connecting may take."""
    timeout_seconds: Seconds = 10.0
    """How long an answer may take."""


class IntakeSettings(Group):
    """The role that checks events and writes them into the journal."""

    chunk_records: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Records handled at a time."""
    stuck_seconds: Seconds = 60.0
    """A chunk that takes longer ends the process."""


class WorkerSettings(Group):
    """The role that keeps profiles and decides."""

    chunk_records: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Journal records of one partition stepped at a time."""
    cache_profiles: Positive = 100_000
    """Profiles a worker keeps in memory, over all its partitions."""
    max_commit_keys: Annotated[int, Field(ge=10, le=1_000)] = 800
    """Keys one fenced write may touch."""
    max_commit_bytes: Annotated[int, Field(ge=10_000, le=1_000_000)] = 900_000
    """Bytes one fenced write may hold."""
    timer_batch: Annotated[int, Field(ge=1, le=1_000)] = 200
    """Timers fired in one step of a partition."""
    waiting_people_per_second: Annotated[int, Field(ge=1, le=10_000)] = 50
    """People of one partition told in a second of what they wait for, such as a product that is
    back in stock."""
    population_poll_seconds: Seconds = 2.0
    """How often the population model's pointer is read."""
    stuck_seconds: Seconds = 60.0
    """A partition without progress for longer ends the process."""


class TrainerSettings(Group):
    """The role that trains the population models."""

    chunk_records: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Outcomes learned at a time."""
    snapshot_outcomes: Positive = 500
    """Publish a snapshot after as many outcomes …"""
    snapshot_seconds: Seconds = 10.0
    """… or after this long, if there was any."""
    stuck_seconds: Seconds = 60.0
    """A chunk that takes longer ends the process."""
    clusters: Annotated[int, Field(ge=2, le=12)] = 6
    """Clusters of people who behave alike; another number has them learned anew."""


class RecommendSettings(Group):
    """Recommendations: what is learned from, how much is kept, how often it is published."""

    people_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the people whose interactions with products are learned from; 0 learns nothing."""
    interactions_per_second: Annotated[float, Field(gt=0, le=10_000)] = 400.0
    """Most interactions learned a second, over all partitions. Where more come, the share of the
    people falls until they fit; a smaller shop is learned from whole."""
    items: Annotated[int, Field(ge=100, le=1_000_000)] = 50_000
    """Most products of which anything is learned; the one unseen for longest goes first."""
    sessions: Annotated[int, Field(ge=100, le=2_000_000)] = 100_000
    """Most visits kept to compare with; the oldest goes first."""
    publish_seconds: Annotated[float, Field(ge=1, le=86_400)] = 600.0
    """How often what was learned is handed to the workers, if anything was."""
    poll_seconds: Seconds = 10.0
    """How often workers look whether there is something newer."""


class DecisionSettings(Group):
    """What a decision is worth and how freely it is chosen; money in the shop's currency."""

    outcome_window_seconds: Annotated[float, Field(ge=60, le=90 * DAY_SECONDS)] = 7 * DAY_SECONDS
    """How long after a decision what follows is counted for it."""
    attribution_window_seconds: Annotated[float, Field(ge=60, le=90 * DAY_SECONDS)] = (
        7 * DAY_SECONDS
    )
    """How long after its last click a mail earns a purchase in reports."""
    margin_rate: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Share of revenue that is margin."""
    mail_cost: Money = 0.002
    """Price of one accepted mail."""
    unsubscribe_cost: Money = 2.0
    """Price of a withdrawn consent."""
    complaint_cost: Money = 10.0
    """Price of a complaint."""
    typical_order: Annotated[float, Field(gt=0, le=10_000_000)] = 50.0
    """What an order comes to, assumed of people who never looked at a price."""
    width: Annotated[float, Field(ge=0, le=2)] = 0.25
    """How freely doubt is acted on: 1 takes each candidate as often as it may be the best one, 0
    always what looks best, but for the flow's exploration."""
    learning: bool = True
    """Whether models are read and learn; off, a flow's first message that nothing rules out is
    sent, but for the flow's exploration."""
    belief: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", max_length=200)] = (
        "models.belief:Belief"
    )
    """The class behind the beliefs about everybody, as module:Class; `models/learning/learners.py`
    says what it must answer, `models.river_belief:RiverBelief` is River's logistic regression.
    Another one learns anew: worker and trainer refuse a snapshot of the one before."""


class SenderSettings(Group):
    """The role that renders and hands over mail."""

    from_address: MailAddress = ""
    """Address the mail comes from; required for sending."""
    from_name: Line = ""
    """Name the mail comes from."""
    reply_to: MailAddress = ""
    """Where replies go; the sender's address where empty."""
    return_path_domain: DomainName = ""
    """Domain of the envelope sender, whose MX leads to the inbound role: each mail gets a signed
    return path of its own there. Where empty, bounces go to the From address."""
    feedback_sender: FeedbackSender = ""
    """Ends `Feedback-ID`, by which Gmail reports complaints: 5 to 15 letters and digits, never
    changed once mail was sent. Made from the From domain where empty."""
    postal_address: str = ""
    """The sender's postal address, shown in every mail; required for sending."""
    public_url: HttpUrl = ""
    """Base URL under which `nextbest web` is reached from outside; required for sending."""
    cart_url: HttpUrl = ""
    """Where mails that call to finish an order lead; the shop's front page where empty."""
    utm_source: Line = "nextbest"
    """What links to the shop name as `utm_source`, for the shop's analytics; no UTM tags where
    `off`."""
    link_secret: LinkSecret = SecretStr("")
    """Key that signs links, at least 16 characters; required for sending and for web."""
    link_secrets_old: LinkSecrets = ()
    """Former keys, separated by commas, at least 16 characters each, that still open links already
    sent."""
    smtp_host: str = "localhost"
    """The relay's host."""
    smtp_port: Port = 25
    """The relay's port."""
    starttls: Literal["never", "opportunistic", "required"] = "opportunistic"
    """Whether the connection is upgraded to TLS (RFC 3207); `required` refuses to go on without."""
    smtp_tls: bool = False
    """Whether TLS is spoken from the first byte (RFC 8314, port 465)."""
    smtp_cafile: ExistingFile | None = None
    """PEM file of the authorities to trust; the system's where unset."""
    smtp_username: str = ""
    """User for AUTH; none where empty."""
    smtp_password: SecretStr = SecretStr("")
    """Password for AUTH."""
    smtp_timeout_seconds: Seconds = 30.0
    """How long the relay may take to answer."""
    connections: Annotated[int, Field(ge=1, le=1_000)] = 4
    """Most connections of one process to the relay for mails to one mailbox provider."""
    rate_per_second: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """Mails a second to each mailbox provider, over all processes, whatever its file says; as in
    the files where unset."""
    burst: Positive | None = None
    """Mails to each provider that may leave at once before the rate holds, whatever its file says;
    as in the files where unset."""
    max_in_flight: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Decisions taken from the topic and at work; 12 times as many more may wait for their turn at
    a provider, and as many again for volume, a retry or the end of a pause."""
    allow_recipients: Recipients = ()
    """Addresses and domains, separated by commas, that mail may go to; `*` for all, none where
    empty."""
    preflight_overrides: PreflightChecks = ()
    """Checks of `nextbest preflight`, separated by commas, that need not have passed before mail
    goes to everybody."""
    preflight_valid_days: Annotated[int, Field(ge=1, le=366)] = 30
    """How old a preflight may be when a sender starts that may write to everybody."""
    lint_messages: Literal["refuse", "warn"] = "refuse"
    """Whether a sender starts with messages that break a rule of `nextbest lint`, or warns only."""
    dry_run: bool = False
    """Show what would leave and send nothing."""
    require_durable_ledger: bool = True
    """Refuse a ledger that does not write every claim to disk before answering."""

    def missing_identity(self) -> list[str]:
        """Name the settings that are empty and without which no lawful mail can be written."""
        given = {
            "from_address": self.from_address,
            "postal_address": self.postal_address.strip(),
            "public_url": self.public_url,
            "link_secret": self.link_secret.get_secret_value(),
        }
        return [name for name, value in given.items() if not value]


class WebSettings(Group):
    """The role that answers what mails link to, and webhooks."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 8080
    """Port to listen on; 0 takes a free one."""


class MetricsSettings(Group):
    """Where each role answers /metrics, /livez and /readyz."""

    enabled: bool = True
    """Whether to listen at all."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 0
    """Port to listen on; 0 takes a free one, which the log names."""
