# SPDX-License-Identifier: GPL-3.0-or-later
"""One update of one parameter, from the papers. `state` maps a state's name to its tensor, which is moved in place."""


def adam(parameter, gradient, state, rate, options):
    """Kingma & Ba 2015, algorithm 1; weight decay is L2, added to the gradient."""
    gradient = gradient + options["weight_decay"] * parameter
    first, second, step = state["exp_avg"], state["exp_avg_sq"], state["step"]
    step += 1
    first.mul_(options["beta1"]).add_(gradient, alpha=1 - options["beta1"])
    second.mul_(options["beta2"]).add_(gradient ** 2, alpha=1 - options["beta2"])
    count = step.item()
    mean = first / (1 - options["beta1"] ** count)
    square = second / (1 - options["beta2"] ** count)
    parameter -= rate * mean / (square.sqrt() + options["epsilon"])


def rmsprop(parameter, gradient, state, rate, options):
    """Hinton 2012, lecture 6e; epsilon beside the root, or under it as some frameworks have it."""
    square = state["square_avg"]
    square.mul_(options["alpha"]).add_(gradient ** 2, alpha=1 - options["alpha"])
    if options["epsilon_inside"]:
        divisor = (square + options["epsilon"]).sqrt()
    else:
        divisor = square.sqrt() + options["epsilon"]
    parameter -= rate * gradient / divisor


def sgd(parameter, gradient, state, rate, options):
    """Heavy ball: m <- momentum m + g, w <- w - rate m. Without momentum m stays as it is. Weight decay as in adam."""
    gradient = gradient + options["weight_decay"] * parameter
    if options["momentum"] > 0:
        gradient = state["momentum"].mul_(options["momentum"]).add_(gradient)
    parameter -= rate * gradient


STATES = {"adam": ("exp_avg", "exp_avg_sq", "step"), "rmsprop": ("square_avg",), "sgd": ("momentum",)}
UPDATES = {"adam": adam, "rmsprop": rmsprop, "sgd": sgd}
