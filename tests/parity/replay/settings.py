# SPDX-License-Identifier: GPL-3.0-or-later
"""The experiment as it stood at a step, and how a setting that is missing is told."""
import math


class ReplayError(Exception):
    """What a trace lacks or what the replay does not know, in one sentence that names the place."""


class Settings(dict):
    """A section of an experiment. A key that is not there is an error that names its path."""

    def __init__(self, values, path=""):
        super().__init__(values)
        self.path = path

    def __missing__(self, key):
        raise ReplayError(f"the experiment has no {self.path}{key}")

    def section(self, key):
        return Settings(self[key], f"{self.path}{key}.")

    def choice(self, key, known):
        """The entry of `known` that a setting names."""
        value = self[key]
        if value not in known:
            raise ReplayError(f"{self.path}{key} is {value!r}, which the replay does not know")
        return known[value]


def noise_deviation(noise, step):
    """Standard deviation of the instance noise after so many steps."""
    if noise["manual"]:
        return noise["level"]
    start, end = noise["start"], noise["end"]
    if noise["schedule"] == "constant":
        return start
    share = min(1.0, step / noise["steps"])
    if share == 1.0:
        return end
    if noise["schedule"] == "linear":
        return start + (end - start) * share
    if noise["schedule"] == "exponential":
        if start <= 0:
            return end
        # 0 is never reached: the curve aims at a thousandth of the start and is cut to 0 at its end.
        return start * ((end if end > 0 else start / 1000) / start) ** share
    raise ReplayError(f"instance_noise.schedule is {noise['schedule']!r}, which the replay does not know")


def annealed(schedules, step):
    """How far annealing is after so many steps, 0 to 1."""
    if schedules["anneal"] == "none":
        return 0.0
    share = min(1.0, step / schedules["anneal_steps"])
    if schedules["anneal"] == "linear":
        return share
    if schedules["anneal"] == "cosine":
        return (1 - math.cos(math.pi * share)) / 2
    raise ReplayError(f"schedules.anneal is {schedules['anneal']!r}, which the replay does not know")


def penalty_factor(schedules, step):
    """The factor on the weights of penalties."""
    return 1 + (schedules["penalty_factor"] - 1) * annealed(schedules, step)


def second_memory(base, schedules, step):
    """Adam's beta2."""
    return base + (schedules["beta2_end"] - base) * annealed(schedules, step) if schedules["beta2_end"] > 0 else base


def learning_rate(base, schedules, step):
    """The rate in force after so many steps: annealed, then halved every so often, but not below the lowest rate."""
    base *= 1 + (schedules["rate_factor"] - 1) * annealed(schedules, step)
    if schedules["halve_every"] <= 0:
        return base
    return max(math.ldexp(base, -(step // schedules["halve_every"])), min(base, schedules["minimum"]))
