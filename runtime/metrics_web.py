"""What the pages and webhooks of the web role count, beside requests as such."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Counter


class WebMetrics:
    """The part of `runtime.metrics.Metrics` that is about the way back from the inbox."""

    _counter: "Callable[..., Counter]"

    def _web_answers(self) -> None:
        self.web_clicks_total = self._counter(
            "web_clicks_total",
            "Links followed, by whom: person, or a machine as head, prefetch, agent or burst; "
            "untracked: who didn't want it noted; lost: no event could be made of it.",
            "by",
        )
        self.web_withdrawals_total = self._counter(
            "web_withdrawals_total",
            "Consent withdrawn, by way: one_click, button, preferences or sendgrid.",
            "way",
        )
        self.web_preferences_total = self._counter(
            "web_preferences_total", "Times somebody saved their preferences."
        )
        self.web_confirmations_total = self._counter(
            "web_confirmations_total",
            "Opt-ins confirmed: recorded, or other_address where the address had changed.",
            "fate",
        )
        self.web_opens_total = self._counter(
            "web_opens_total",
            "Pictures of mails loaded: recorded, not_agreed by who loaded them, or lost.",
            "fate",
        )
        self.webhook_reports_total = self._counter(
            "webhook_reports_total",
            "Reports by webhook, by kind (hard, soft, complaint, unsubscribe) and fate: applied, "
            "repeated, unknown mail, other_address than the mail's.",
            "source",
            "kind",
            "fate",
        )
        self.webhook_refused_total = self._counter(
            "webhook_refused_total",
            "Requests to webhooks that were not believed, by reason; nothing follows from them.",
            "source",
            "reason",
        )
