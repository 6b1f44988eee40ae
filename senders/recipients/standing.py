"""Which of the reasons on record hold one mail back, by its kind, topic and moment. Pure."""

from collections.abc import Sequence

from senders.recipients.suppression import PAUSED_UNTIL, TOPIC_OFF, Suppression, blocks


def standing(
    suppressions: Sequence[Suppression],
    kind: str,
    topic: str | None,
    consented_at_ms: int,
    now_ms: int,
) -> Suppression | None:
    """The first that holds the mail back, or None.

    Args:
        suppressions: What is on record against the address or the person.
        kind: The mail's: marketing or transactional.
        topic: The topic of the preference centre that it belongs to, if any.
        consented_at_ms: Since when consent to mail of its kind stands, epoch milliseconds.
        now_ms: The pipeline's time, epoch milliseconds.
    """
    for suppression in suppressions:
        reason = suppression.reason
        if not blocks(reason, kind):
            continue
        if reason == PAUSED_UNTIL:
            if now_ms < suppression.at_ms:
                return suppression
        elif reason.startswith(TOPIC_OFF):
            if topic is not None and reason == TOPIC_OFF + topic:
                return suppression
        elif suppression.stands(consented_at_ms):
            return suppression
    return None
