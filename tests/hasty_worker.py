"""The worker with little patience at its end, so that a test of what it leaves doesn't wait long.

`python -m tests.hasty_worker`; settings from the environment, as `nextbest worker`.
"""

import streams.ending
from nextbest.roles import worker

if __name__ == "__main__":
    streams.ending.LANE_SECONDS = 2.0
    worker()
