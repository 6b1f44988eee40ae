"""One visit to the shop: what is looked at, read, wished for, put into the cart, bought or left."""

from collections.abc import Iterator, Mapping, Sequence

from deploy.demo.actions import Emit, Record
from deploy.demo.people import Shopper

MEAN_VIEWS = 4.0
_SEARCHES = 0.12
_REMOVES = 0.08
_CHECKOUT_BEFORE_LEAVING = 0.45
_READS = 0.05
_WISHES = 0.03
_ASKS_FOR_NEWS = 0.4
"""How often somebody asks to be told when a product is there again that is sold out."""
_FORGETS_A_WISH = 0.05


class Shop:
    """The catalog, arranged the way shoppers walk through it.

    Args:
        catalog: The products by id.
        guides: What there is to read about each category.
    """

    def __init__(self, catalog: Mapping[str, Record], guides: Mapping[str, Record]) -> None:
        self.catalog = catalog
        self.guides = guides
        self.shelves: dict[str, list[Record]] = {}
        for product in catalog.values():
            self.shelves.setdefault(str(product["category"]), []).append(product)
        for shelf in self.shelves.values():
            shelf.sort(key=lambda product: float(product["price"]))

    def pick(self, shopper: Shopper) -> Record:
        """Draw a product to look at: a liked category, cheaper for those who mind the price."""
        rng, habits = shopper.rng, shopper.habits
        category = rng.choices(list(habits.tastes), list(habits.tastes.values()))[0]
        shelf = self.shelves[category]
        # A power above 1 leans to the front of the shelf, where the cheap ones are.
        lean = 1.0 + 1.5 * habits.price_sensitivity
        return shelf[int(len(shelf) * rng.random() ** lean)]


def visit(
    shopper: Shopper, shop: Shop, start_ms: int, landing: Record | None = None
) -> Iterator[Emit]:
    """Play one visit through and yield its events in order.

    Args:
        shopper: Whose cart is changed.
        shop: What is sold.
        start_ms: When it begins, epoch milliseconds.
        landing: The product or the guide that a mail's link led to, which begins the visit.

    """
    rng, habits = shopper.rng, shopper.habits
    session = f"{shopper.prefix}{shopper.number:05d}-v{shopper.visits:04d}"
    shopper.visits += 1
    at_ms = start_ms
    views = 1 + int(rng.expovariate(1.0 / MEAN_VIEWS))
    for view in range(views):
        product = landing if view == 0 and landing is not None else shop.pick(shopper)
        if view and rng.random() < _SEARCHES:
            yield _search(shopper, product, at_ms, session)
            at_ms += rng.randint(3_000, 20_000)
        yield shopper.say("browse", at_ms, **_about(product), session_id=session)
        at_ms += rng.randint(5_000, 90_000)
        if product["kind"] == "article":
            continue
        if rng.random() < _READS:
            guide = shop.guides[product["category"]]
            yield shopper.say("browse", at_ms, **_about(guide), session_id=session)
            at_ms += rng.randint(20_000, 180_000)
        if rng.random() < (_WISHES if product["stock"] else _ASKS_FOR_NEWS):
            yield _wish(shopper, "add" if product["stock"] else "notify", product, at_ms)
            at_ms += rng.randint(1_000, 5_000)
        wants = habits.buys_after_click * 1.6 if product is landing else habits.carts
        if product["stock"] and rng.random() < wants:
            shopper.cart[product["product_id"]] = 1 + (rng.random() < 0.1)
            yield _cart(shopper, "add", product, at_ms, session)
            at_ms += rng.randint(2_000, 15_000)
    yield from _leave(shopper, shop, at_ms, session, came_by_mail=landing is not None)


def _leave(
    shopper: Shopper, shop: Shop, at_ms: int, session: str, *, came_by_mail: bool
) -> Iterator[Emit]:
    rng, habits = shopper.rng, shopper.habits
    if shopper.wished and rng.random() < _FORGETS_A_WISH:
        yield _wish(shopper, "remove", shop.catalog[shopper.wished.pop(0)], at_ms)
        at_ms += 2_000
    if not shopper.cart:
        return
    if len(shopper.cart) > 1 and rng.random() < _REMOVES:
        product = shop.catalog[rng.choice(list(shopper.cart))]
        yield _cart(shopper, "remove", product, at_ms, session)
        del shopper.cart[product["product_id"]]
        at_ms += 2_000
    abandons = habits.abandons * (0.6 if came_by_mail else 1.0)
    buys = rng.random() >= abandons
    if buys or rng.random() < _CHECKOUT_BEFORE_LEAVING:
        yield _cart(shopper, "checkout_started", None, at_ms, session)
        at_ms += rng.randint(20_000, 180_000)
    if buys:
        yield _purchase(shopper, [shop.catalog[p] for p in shopper.cart], at_ms, session)
        shopper.cart.clear()


def _about(product: Record) -> Record:
    about = {name: product[name] for name in ("product_id", "category", "price")}
    return about if product["kind"] == "product" else {**about, "price": None}


def _wish(shopper: Shopper, action: str, product: Record, at_ms: int) -> Emit:
    if action == "add":
        shopper.wished.append(product["product_id"])
    about = {"product_id": product["product_id"], "price": product["price"]}
    return shopper.say("wish", at_ms, action=action, **about)


def _search(shopper: Shopper, product: Record, at_ms: int, session: str) -> Emit:
    words = str(product["name"]).split(" ", 1)[1].lower()
    return shopper.say(
        "search",
        at_ms,
        query=words,
        category=product["category"],
        results=shopper.rng.randint(1, 40),
        session_id=session,
    )


def _cart(shopper: Shopper, action: str, product: Record | None, at_ms: int, session: str) -> Emit:
    about = _about(product) if product else {"product_id": None, "category": None, "price": None}
    quantity = shopper.cart.get(product["product_id"], 1) if product else 1
    return shopper.say("cart", at_ms, action=action, **about, quantity=quantity, session_id=session)


def _purchase(shopper: Shopper, products: Sequence[Record], at_ms: int, session: str) -> Emit:
    items = [
        {**_about(product), "quantity": shopper.cart[product["product_id"]]} for product in products
    ]
    total = round(sum(item["price"] * item["quantity"] for item in items), 2)
    return shopper.say(
        "purchase",
        at_ms,
        order_id=f"order-{session}",
        items=items,
        total=total,
        discount=0.0,
        offer=None,
        session_id=session,
    )
