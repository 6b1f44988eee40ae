"""The catalog as decisions read it."""

from models.catalog.catalog import Catalog
from models.catalog.rankings import SHELF

__all__ = ["SHELF", "Catalog"]
