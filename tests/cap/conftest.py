"""Hypothesis without a stop-watch: a busy machine is no wrong answer."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
