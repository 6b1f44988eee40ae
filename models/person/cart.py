"""The open cart: what lies in it, by the events' own time.

An event older than the last purchase opens nothing; a purchase clears what lay in the cart when it
was made, and leaves what was added after.
"""

from models import bounds
from models.person.profile import CartItem, Profile


def add(profile: Profile, product_id: str, quantity: int, price: float, at_ms: int) -> None:
    """Put units of a product in; the oldest of too many products goes."""
    profile.cart_updated_ms = max(profile.cart_updated_ms, at_ms)
    for item in profile.cart:
        if item.product_id == product_id:
            item.quantity = min(item.quantity + quantity, 10_000)
            if at_ms >= item.at_ms:
                item.at_ms = at_ms
                item.price = price or item.price
            return
    if not profile.cart:
        profile.cart_opened_ms = at_ms
    profile.cart.append(CartItem(product_id, min(quantity, 10_000), price, at_ms))
    if len(profile.cart) > bounds.CART_ITEMS:
        profile.cart.remove(min(profile.cart, key=lambda i: (i.at_ms, i.product_id)))


def remove(profile: Profile, product_id: str, quantity: int, at_ms: int) -> None:
    """Take units of a product out; what isn't in it is ignored."""
    profile.cart_updated_ms = max(profile.cart_updated_ms, at_ms)
    for item in profile.cart:
        if item.product_id == product_id:
            item.quantity -= quantity
            if item.quantity <= 0:
                profile.cart.remove(item)
            break
    if not profile.cart:
        _close(profile)


def bought(profile: Profile, at_ms: int) -> None:
    """Clear what lay in the cart at an instant."""
    profile.cart = [item for item in profile.cart if item.at_ms > at_ms]
    if not profile.cart:
        _close(profile)
    elif profile.checkout_ms <= at_ms:
        profile.checkout_ms = 0


def _close(profile: Profile) -> None:
    profile.cart_opened_ms = 0
    profile.checkout_ms = 0
