"""One shopper who joins, fills a cart and leaves it: the least that brings about a decision."""

from tests.pipeline import Pipeline, wait_until
from tests.workload import HOUR_MS, START_MS

ADDRESS = "anna@shop.example"
NOON_MS = START_MS + 12 * HOUR_MS


def shop(pipeline: Pipeline) -> None:
    """Emit the shopper's events, then let the clock run; returns once everything is applied."""
    head = {"subscriber_id": "anna", "occurred_at": NOON_MS}
    proof = {"source": "form", "text_version": "1", "confirmed_at": NOON_MS}
    product = {"product_id": "shoes-1", "category": "shoes", "price": 80.0}
    with pipeline.emitter() as emitter:
        emitter.emit(
            "profile",
            head | {"address": ADDRESS, "locale": "en", "attributes": {"first_name": "Anna"}},
        )
        emitter.emit("consent", head | {"action": "opt_in", "purpose": "marketing", "proof": proof})
        emitter.emit("browse", head | product)
        emitter.emit("cart", head | product | {"action": "add", "quantity": 1})
        emitter.flush(30)
    wait_until(pipeline.intake_caught_up, "intake has journaled the events")
    for hour in (2, 8, 20, 30):
        pipeline.tick(NOON_MS + hour * HOUR_MS)
    wait_until(pipeline.caught_up, "the worker has committed the journal")
    wait_until(lambda: pipeline.outboxes() == 0, "the outboxes are empty")
