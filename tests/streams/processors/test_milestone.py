from models import bounds
from tests.models.life import NOON_MS, Life


def test_the_last_milestones_are_kept_with_their_newest_time() -> None:
    life = Life()
    life.happens("milestone", NOON_MS, name="setup_started")
    life.happens("milestone", NOON_MS - 1, name="setup_started")
    assert life.profile.milestones == {"setup_started": NOON_MS}
    for number in range(20):
        life.happens("milestone", NOON_MS + 1 + number, name=f"level_{number}")
    assert len(life.profile.milestones) == bounds.MILESTONES
    assert "level_19" in life.profile.milestones
    assert "setup_started" not in life.profile.milestones
