"""The ways in which ranks' vectors meet, by the name that ``sync`` has for them."""

from __future__ import annotations

from .frequent import Frequent
from .merge import Merge
from .rounds import Rounds
from .training import RankTraining

SCHEMES: dict[str, type[RankTraining]] = {"rounds": Rounds, "frequent": Frequent, "merge": Merge}
