# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole phases: their gradients against differences of their losses, and steps that another program has recorded."""
import itertools
import json
import unittest
from pathlib import Path

import torch
from safetensors.torch import load_file

import synthetic
from replay import compare_metrics, compare_states
from step import Step
from synthetic import NewDraws, before, experiment
from trace import Draws

PENALTIES = ("gradient_penalty", "r1", "r2", "dragan", "pull_away")
PHASES = {"vae": ["vae"]}


def total(metrics, phase):
    """What a phase minimises, by its columns alone."""
    loss = metrics["d_loss" if phase == "discriminator" else "g_loss"]
    mine = {"discriminator": PENALTIES[:4], "generator": PENALTIES[4:], "vae": ()}[phase]
    return float(loss) + sum(float(metrics[name]) for name in mine if name in metrics)


class Gradients(unittest.TestCase):
    """With plain gradient descent at rate 1 the change of a parameter is minus its gradient, and that must be what
    central differences of the reported loss and penalties give. A loss that is reported but not back-propagated, a
    penalty without its second derivative or a mean in the wrong place all fail here."""

    def check(self, setup, phase, roles, seed=0, classes=0):
        torch.manual_seed(seed)
        start = before(setup, classes=classes)
        for name, tensor in start.items():
            if "/momentum/" in name:
                tensor.zero_()
        draws = NewDraws(classes=classes)

        def run(state):
            step = Step(setup, state, Draws(draws.tensors), 1, classes)
            step.run([(phase, 0)])
            return step

        first = Step(setup, start, draws, 1, classes)
        first.run([(phase, 0)])
        after = first.state.tensors()
        for role in roles:
            for name in first.networks[role].parameters:
                key = f"{role}/{name}"
                flat = range(start[key].numel())
                for index in itertools.islice(flat, 0, None, max(1, len(flat) // 6)):
                    values = []
                    for sign in (1, -1):
                        moved = {k: v.clone() for k, v in start.items()}
                        moved[key].view(-1)[index] += sign * 1e-5
                        values.append(total(run(moved).metrics, phase))
                    slope = (values[0] - values[1]) / 2e-5
                    gradient = (start[key] - after[key]).view(-1)[index].item()
                    self.assertAlmostEqual(gradient, slope, delta=2e-7 * max(1, abs(slope)), msg=f"{key}[{index}]")
        return first

    def test_every_objective(self):
        for objective in synthetic.OBJECTIVES:
            variants = {"ebgan": ["mean", "sum", "norm"], "vae": ["bernoulli", "gaussian"]}.get(objective, [None])
            for variant in variants:
                options = {"ebgan": {"energy": variant}, "vae": {"likelihood": variant}}.get(objective)
                setup = experiment(objective, options=options)
                with self.subTest(objective=objective, variant=variant):
                    if objective == "vae":
                        self.check(setup, "vae", ["encoder", "generator"])
                    else:
                        self.check(setup, "discriminator", ["discriminator"])
                        self.check(setup, "generator", ["generator"])

    def test_every_regulariser(self):
        cases = [("wgan", {"gradient_penalty": {}}), ("wgan", {"gradient_penalty": {"one_sided": True, "target": 0.1}}),
                 ("relativistic", {"r1": {}, "r2": {}}), ("non-saturating", {"dragan": {}}),
                 ("non-saturating", {"dragan": {"per_sample": True}}), ("began", {"gradient_penalty": {}, "r1": {}}),
                 ("hinge", {"gradient_penalty": {}, "r1": {}, "r2": {}, "dragan": {}, "diffaugment": {}})]
        for objective, regularisers in cases:
            with self.subTest(objective=objective, regularisers=regularisers):
                step = self.check(experiment(objective, regularisers=regularisers, noise=0.1), "discriminator",
                                  ["discriminator"])
                for name in regularisers:
                    if name != "diffaugment":
                        self.assertGreater(float(step.metrics[name]), 0)

    def test_pull_away(self):
        setup = experiment("ebgan", regularisers={"pull_away": {}})
        step = self.check(setup, "generator", ["generator"])
        self.assertGreater(float(step.metrics["pull_away"]), 0)

    def test_augmentation_in_the_generator_phase(self):
        self.check(experiment("hinge", regularisers={"diffaugment": {}}, noise=0.2), "generator", ["generator"])

    def test_label_flipping_and_accumulation(self):
        setup = experiment("non-saturating", training={"label_flipping": 0.4, "accumulate": 3},
                           regularisers={"r1": {}})
        self.check(setup, "discriminator", ["discriminator"])
        self.check(setup, "generator", ["generator"])

    def test_labels(self):
        generator = [{"kind": "concat", "inputs": ["input", "label"]}, *synthetic.GENERATOR]
        critic = [{"kind": "label_map", "inputs": ["input", "label"]}, *synthetic.CRITIC]
        setup = experiment("hinge", generator=generator, discriminator=critic, regularisers={"gradient_penalty": {}})
        self.check(setup, "discriminator", ["discriminator"], classes=3)
        self.check(setup, "generator", ["generator"], classes=3)


    def test_layers_that_move_or_draw(self):
        """Batch norm's running statistics and dropout's draws between a pass and its second derivative."""
        generator = [{**synthetic.GENERATOR[0], "norm": "batch"}, *synthetic.GENERATOR[1:]]
        critic = [{**synthetic.CRITIC[0], "norm": "batch"}, {"kind": "dropout", "probability": 0.3},
                  *synthetic.CRITIC[1:]]
        setup = experiment("non-saturating", generator=generator, discriminator=critic,
                           regularisers={"gradient_penalty": {}, "r1": {}, "r2": {}, "dragan": {}})
        self.check(setup, "discriminator", ["discriminator"])
        self.check(setup, "generator", ["generator"])


class RecordedElsewhere(unittest.TestCase):
    """The three steps of reference/training.py, which shares no line with the replay."""

    folder = Path(__file__).parent.parent / "reference"

    def state(self, kept, tensors, place):
        state = {}
        for role in ("generator", "discriminator"):
            state |= {f"{role}/{key.removeprefix(place + role + '/')}": value for key, value in tensors.items()
                      if key.startswith(place + role + "/")}
        ema = place + ("ema/" if "/after/" in place else "generator/")
        state |= {f"ema/{key.removeprefix(ema)}": value for key, value in tensors.items() if key.startswith(ema)}
        return {key: value.clone() for key, value in state.items()} | kept

    def setup(self, recorded):
        options = recorded["options"]
        setup = experiment(options["objective"], noise=options["instance_noise"],
                           generator=recorded["generator"]["layers"], discriminator=recorded["discriminator"]["layers"],
                           training={"ema_decay": options["ema_decay"]})
        given = {key: options[key] for key in ("label_smoothing", "a", "b", "c", "scale") if key in options}
        setup["objective"] |= given | ({"fake_smoothing": 0.0} if "label_smoothing" in options else {})
        for role in ("generator", "discriminator"):
            o = options[role[0] + "_optimizer"]
            rates = {key: o[key] for key in ("beta1", "beta2", "alpha") if key in o}
            usual = synthetic.ADAM if o["kind"] == "adam" else synthetic.RMSPROP
            setup["optimisers"][role] = {**usual, "learning_rate": o["lr"], "epsilon": o["eps"], **rates}
        return setup

    def fresh_moments(self, setup, state):
        kept = {}
        for role in ("generator", "discriminator"):
            kind = setup["optimisers"][role]["kind"]
            for key, tensor in state.items():
                if key.startswith(role + "/") and ".running" not in key and ".num_" not in key:
                    kept |= {f"optimiser/{role}/{name}/{key.removeprefix(role + '/')}": torch.zeros_like(value)
                             for name, value in synthetic.moments(kind, tensor).items()}
        return kept

    def draws(self, name, tensors, number, updates):
        found = {}
        for key, value in tensors.items():
            if not key.startswith(f"{name}/step{number}/") or "/after/" in key:
                continue
            update, what = key.removeprefix(f"{name}/step{number}/").split("/")
            place = f"generator/{number}" if update == "g" else f"discriminator/{number * updates + int(update[1:])}"
            found[f"{place}/{what}"] = value
        return found

    def test_three_steps(self):
        description = json.loads((self.folder / "training.json").read_text())
        tensors = load_file(self.folder / "training.safetensors")
        for name, recorded in description["setups"].items():
            setup, updates, kept = self.setup(recorded), recorded["options"]["d_updates"], None
            place = f"{name}/init/"
            for number, expected in enumerate(recorded["steps"]):
                with self.subTest(setup=name, step=number):
                    state = self.state(kept or {}, tensors, place)
                    if kept is None:
                        state |= self.fresh_moments(setup, state)
                    draws = Draws(self.draws(name, tensors, number, updates))
                    step = Step(setup, state, draws, number + 1)
                    critics = [("discriminator", number * updates + k) for k in range(updates)]
                    step.run([*critics, ("generator", number)])
                    self.assertEqual(draws.unused(), [])
                    after = step.state.tensors()
                    kept = {key: value for key, value in after.items() if key.startswith("optimiser/")}
                    place = f"{name}/step{number}/after/"
                    wanted = self.state({}, tensors, place)
                    mine = {key: value for key, value in after.items() if not key.startswith("optimiser/")}
                    metrics = {k: v for k, v in step.metrics.items() if k in expected}
                    worst = [*compare_states(mine, wanted, []),
                             *compare_metrics(metrics, {k: torch.tensor(v) for k, v in expected.items()}, [])]
                    self.assertGreater(len(worst), 12)
                    for group, key, difference in worst:
                        self.assertIsNotNone(difference, key)
                        self.assertLess(difference, 1e-11, key)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    unittest.main()
