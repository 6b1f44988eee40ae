"""What the demo shop tells around its products is what a worker takes over whole."""

from deploy.demo.around import DEPARTMENTS, around
from deploy.demo.catalog import CATEGORIES, make_catalog
from models.catalog import Catalog
from schemas.checks import check_product
from schemas.codec import Codec
from schemas.registry import BundledRegistry

AT_MS = 1_700_000_000_000


def test_it_can_be_taken_over_and_found() -> None:
    codec = Codec(BundledRegistry())
    products = make_catalog(1, AT_MS)
    catalog = Catalog()
    for record in (products | around(products, AT_MS)).values():
        told = codec.decode(codec.encode("catalog", record))[1]
        check_product(told, "EUR")
        catalog.put(told)
    assert sorted(c for inside in DEPARTMENTS.values() for c in inside) == sorted(CATEGORIES)
    for department, categories in DEPARTMENTS.items():
        assert {catalog[p].category for p in catalog.shelf(department)} <= set(categories)
        assert catalog.shelf(department)
    for category in CATEGORIES:
        assert catalog.articles_about(category) == (f"guide-{category}",)
    reviewed = [product_id for product_id in products if catalog.reviews_of(product_id)]
    assert len(reviewed) == len(products) // 3
    assert catalog.new_since("sports", AT_MS - 60 * 86_400_000, AT_MS)
