"""The tests: a specification that runs."""

from hypothesis import settings

# Machines differ in speed, and a slow one is no defect: no example is failed for its time.
settings.register_profile("conntop", deadline=None)
settings.load_profile("conntop")
