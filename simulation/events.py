"""Events as the shop's apps would send them: what a shop knows, and nothing of the truth."""

from collections.abc import Sequence
from typing import Any

from schemas.catalog_entry import Entry
from simulation.pipeline import subscriber

Record = dict[str, Any]
Event = tuple[str, Record]

PURPOSE = "marketing"
HUMAN_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
MACHINE_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"


class Speaker:
    """Puts what people do into events, numbered by person."""

    def __init__(self, people: int) -> None:
        self._said = [0] * people

    def _say(self, name: str, person: int, at_ms: int, **fields: object) -> Event:
        self._said[person] += 1
        return name, {
            "event_id": f"{person}-{self._said[person]}",
            "occurred_at": at_ms,
            "subscriber_id": subscriber(person),
            "anonymous_id": None,
            **fields,
        }

    def join(self, person: int, at_ms: int, zone: str) -> list[Event]:
        """Signing up: an address, then consent with its proof."""
        address = f"{subscriber(person)}@shoppers.example"
        proof = {"source": "sign-up form", "text_version": "1", "confirmed_at": at_ms}
        return [
            self._say(
                "profile",
                person,
                at_ms,
                address=address,
                locale=None,
                time_zone=zone,
                attributes={},
            ),
            self._consent(person, at_ms, "opt_in", proof, None),
        ]

    def leave(self, person: int, at_ms: int, decision_id: str) -> Event:
        """Unsubscribing by a mail's link."""
        return self._consent(person, at_ms, "opt_out", None, decision_id)

    def _consent(
        self, person: int, at_ms: int, action: str, proof: Record | None, decision_id: str | None
    ) -> Event:
        return self._say(
            "consent",
            person,
            at_ms,
            action=action,
            purpose=PURPOSE,
            preferences={},
            proof=proof,
            decision_id=decision_id,
        )

    def browse(self, person: int, at_ms: int, product: Entry) -> Event:
        """Looking at a product."""
        return self._say("browse", person, at_ms, **_about(product), session_id=None)

    def search(self, person: int, at_ms: int, product: Entry) -> Event:
        """Searching for something of a product's category."""
        category = product["category"]
        return self._say(
            "search", person, at_ms, query=category, category=category, results=8, session_id=None
        )

    def cart(self, person: int, at_ms: int, product: Entry) -> Event:
        """Putting a product into the cart."""
        return self._say(
            "cart", person, at_ms, action="add", quantity=1, session_id=None, **_about(product)
        )

    def order(
        self, person: int, at_ms: int, products: Sequence[Entry], discount: float, offer: str
    ) -> Event:
        """An order; `discount` is the share taken off."""
        price = sum(product["price"] for product in products)
        return self._say(
            "purchase",
            person,
            at_ms,
            order_id=f"order-{person}-{self._said[person]}",
            items=[{**_about(product), "quantity": 1} for product in products],
            total=price * (1.0 - discount),
            discount=price * discount,
            offer=offer if discount else None,
            code=None,
            session_id=None,
        )

    def click(
        self, person: int, at_ms: int, decision_id: str, product: Entry | None, agent: str
    ) -> Event:
        """Following a mail's link."""
        about = _about(product) if product else dict.fromkeys(("product_id", "category", "price"))
        return self._say(
            "click",
            person,
            at_ms,
            decision_id=decision_id,
            url="https://shop.example/",
            user_agent=agent,
            machine=None,
            **about,
        )

    def delivery(self, person: int, at_ms: int, decision_id: str, status: str) -> Event:
        """What became of a mail."""
        return self._say(
            "delivery",
            person,
            at_ms,
            decision_id=decision_id,
            status=status,
            smtp_code=250,
            detail=None,
            provider=None,
            instead={},
            code=None,
            claimed=None,
            bounce=None,
            enhanced=None,
            source=None,
            message=None,
            stream=None,
        )


def _about(product: Entry) -> Record:
    return {name: product[name] for name in ("product_id", "category", "price")}
