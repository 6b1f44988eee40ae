"""The tree of categories: which lies in which. It never holds a circle."""

from collections.abc import Iterable

from models.errors import CategoryError

DEEPEST = 16
"""Levels of categories; whoever walks up or down goes no further."""


class Categories:
    """Parents and children of categories by name."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._children: dict[str, list[str]] = {}

    def ancestors(self, category: str) -> tuple[str, ...]:
        """The categories that one lies in, the nearest first, at most `DEEPEST`."""
        found: list[str] = []
        parent = self._parents.get(category)
        while parent is not None and len(found) < DEEPEST:
            found.append(parent)
            parent = self._parents.get(parent)
        return tuple(found)

    def children(self, category: str) -> Iterable[str]:
        """The categories that lie directly in one."""
        return self._children.get(category, ())

    def put(self, category: str, parent: str) -> bool:
        """Have a category lie in another, or in none; whether the tree is another now.

        Args:
            category: Its name.
            parent: The other's, which need not be known; empty for none.

        Raises:
            CategoryError: `category_cycle` where it would lie in itself, `category_too_deep` where
                too many lie in each other. Nothing was changed then.
        """
        if self._parents.get(category, "") == parent:
            return False
        if parent:
            self._check(category, parent)
        self.remove(category)
        if parent:
            self._parents[category] = parent
            self._children.setdefault(parent, []).append(category)
        return True

    def remove(self, category: str) -> bool:
        """Have a category lie in none, its children still in it; whether it lay in one."""
        parent = self._parents.pop(category, None)
        if parent is None:
            return False
        siblings = self._children[parent]
        siblings.remove(category)
        if not siblings:
            del self._children[parent]
        return True

    def _check(self, category: str, parent: str) -> None:
        above = (parent, *self.ancestors(parent))
        if category in above:
            circle = " in ".join((category, *above[: above.index(category) + 1]))
            raise CategoryError("category_cycle", f"it would lie in itself: {circle}")
        # A circle that is longer than is looked up ends here as well.
        if len(above) > DEEPEST:
            raise CategoryError(
                "category_too_deep", f"{category} would lie in more than {DEEPEST} categories"
            )
