"""Something to read about what the person likes or the mail shows."""

from models.catalog import Catalog
from models.person.messages import counts
from models.person.profile import Profile
from schemas.catalog_entry import Entry

_FAVOURITES = 3
"""Categories the person likes most that an article may be about."""


def article_for(
    hero: Entry | None, profile: Profile, catalog: Catalog, now_ms: int, until_ms: int
) -> str:
    """The id of an article, or empty: about the hero, or else what the person likes most.

    Of those about the same thing it is one that shares tags with the hero, then the best rated and
    newest. What the person has read, or one of their last mails has shown, isn't shown again.

    Args:
        hero: What the mail is about, or None.
        profile: The person.
        catalog: The articles.
        now_ms: The moment, epoch milliseconds.
        until_ms: Until when the mail may still leave; the article is there from now until then.
    """
    known = set(profile.viewed)
    known.update(m.article for m in profile.messages if m.article and counts(m, now_ms))
    tags = frozenset(hero.tags) if hero is not None else frozenset()
    for topic in _topics(hero, profile, catalog):
        there = [
            article
            for article in catalog.articles_about(topic)
            if article not in known and _there(catalog[article], now_ms, until_ms)
        ]
        if there:  # the first of those that share as many
            return max(there, key=lambda article: len(tags.intersection(catalog[article].tags)))
    return ""


def _topics(hero: Entry | None, profile: Profile, catalog: Catalog) -> list[str]:
    """What an article may be about, the closest first."""
    topics = [hero.product_id, hero.category] if hero is not None else []
    likes = profile.categories
    topics += sorted(likes, key=lambda name: (-likes[name], name))[:_FAVOURITES]
    above = [wider for topic in topics for wider in catalog.ancestors(topic)]
    return list(dict.fromkeys([*topics, *above]))


def _there(article: Entry, now_ms: int, until_ms: int) -> bool:
    begun = article.since is None or article.since <= now_ms
    return begun and (article.ends_at is None or article.ends_at > until_ms)
