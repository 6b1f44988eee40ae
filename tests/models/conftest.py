"""Property tests here have no deadline: what is slow on a busy machine is not wrong."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
