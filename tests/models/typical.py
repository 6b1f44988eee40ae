"""A typical subscriber: a month of browsing every few days, mails, a click, an order."""

import random

from tests.models.life import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life, product


def typical_life(seed: int = 1) -> Life:
    """Someone who comes every third day, looks at a few things, and buys twice."""
    rng = random.Random(seed)
    life = Life().reachable()
    for number in range(60):
        shelf = {"category": f"outdoor/{number % 6}", "price": 10.0 + number, "stock": 40}
        life.world.catalog.put(product(f"sku-{number:05d}", **shelf))
    for visit in range(10):
        at_ms = NOON_MS + visit * 3 * DAY_MS + rng.randrange(5 * HOUR_MS)
        life.pass_time(at_ms)
        for _ in range(rng.randrange(6, 9)):
            at_ms += rng.randrange(2 * MINUTE_MS)
            life.happens("browse", at_ms, product_id=f"sku-{rng.randrange(60):05d}")
        if visit % 3 == 0:
            life.happens("cart", at_ms + MINUTE_MS, product_id=f"sku-{rng.randrange(60):05d}")
        if visit % 3 == 1 and life.sent:
            life.happens("click", at_ms + 90_000, decision_id=life.sent[-1]["decision_id"])
        if visit in (3, 7):
            item = {"product_id": "sku-00003", "category": None, "price": 13.0, "quantity": 1}
            life.happens("purchase", at_ms + 2 * MINUTE_MS, items=[item], total=13.0)
    life.pass_time(at_ms + 10 * HOUR_MS)
    return life
