# SPDX-License-Identifier: GPL-3.0-or-later
"""Objectives, regularisers and optimisers against closed forms, PyTorch's own optimisers and central differences."""
import copy
import json
import math
import unittest
from pathlib import Path

import torch

import optimisers
import regularisers
from objectives import OBJECTIVES, energy
from settings import ReplayError, Settings, annealed, learning_rate, noise_deviation, penalty_factor, second_memory
from synthetic import OBJECTIVES as OPTIONS
from synthetic import REGULARISERS


def objective(kind, state=None, **options):
    return OBJECTIVES[kind](Settings({**OPTIONS[kind], **options}, "objective."), state if state is not None else {})


def options(name, **changed):
    return Settings({**REGULARISERS[name], **changed}, f"regularisers.{name}.")


class Objectives(unittest.TestCase):
    def test_values_where_they_are_known(self):
        zero, log2 = torch.zeros(3), math.log(2)
        real, fake = torch.tensor([0.5, 2.0, -1.0]), torch.tensor([-3.0, 0.25, 1.0])
        known = [("minimax", zero, zero, 2 * log2, -log2), ("non-saturating", zero, zero, 2 * log2, log2),
                 ("lsgan", zero, zero, 1.0, 0.0), ("wgan", real, fake, -1.75 / 3 - 0.5, 1.75 / 3),
                 ("hinge", real, fake, 2.5 / 3 + 3.25 / 3, 1.75 / 3), ("relativistic", zero, zero, log2, log2),
                 ("ebgan", torch.tensor([0.5]), torch.tensor([0.75]), 0.75, 0.75)]
        for kind, real, fake, d_loss, g_loss in known:
            with self.subTest(kind):
                self.assertAlmostEqual(objective(kind).discriminator_loss(real, fake).item(), d_loss, places=14)
                self.assertAlmostEqual(objective(kind).generator_loss(fake, real).item(), g_loss, places=14)

    def test_gradients(self):
        torch.manual_seed(1)
        real, fake = (torch.randn(6, requires_grad=True) for _ in range(2))
        for kind in OPTIONS:
            if kind != "vae":
                made = objective(kind, {"k": torch.tensor(0.3)})
                self.assertTrue(torch.autograd.gradcheck(made.discriminator_loss, (real, fake)), kind)
                self.assertTrue(torch.autograd.gradcheck(lambda x: made.generator_loss(x, real.detach()), fake), kind)

    def test_losses_in_the_tails(self):
        """Past the point where ln(1 + e^x) is x to the last bit, and where e^x overflows."""
        x = torch.tensor([20.0, 40.0, 800.0, -800.0])
        loss = objective("non-saturating").generator_loss(-x, None).item()
        self.assertAlmostEqual(loss * 4, 20 + math.log1p(math.exp(-20)) + 40 + 800, places=12)

    def test_energies(self):
        x, y = torch.zeros(2, 1, 2, 2), torch.tensor([1.0, -1.0, 2.0, 0.0]).view(1, 1, 2, 2).repeat(2, 1, 1, 1)
        y[1] = 0
        for kind, value in (("mean", 1.5), ("sum", 6.0), ("norm", math.sqrt(6)), ("absolute", 1.0)):
            y.requires_grad_(True)
            error = energy(kind, y, x)
            self.assertEqual(error.tolist(), [value, 0.0])
            gradient = torch.autograd.grad(error.sum(), y)[0]
            self.assertTrue(torch.isfinite(gradient).all(), kind)
            self.assertEqual(gradient[1].abs().max().item(), 0.0)
        with self.assertRaisesRegex(ReplayError, "objective.energy"):
            energy("cosine", y, x)

    def test_began_control(self):
        state = {"k": torch.tensor(0.2)}
        made = objective("began", state)
        columns = made.control(torch.tensor(0.8), torch.tensor(0.3))
        self.assertAlmostEqual(columns["began_k"].item(), 0.2)
        self.assertAlmostEqual(columns["began_measure"].item(), 0.8 + 0.1)
        self.assertAlmostEqual(state["k"].item(), 0.2 + 0.1 * 0.1)

    def test_vae(self):
        x, y = torch.tensor([[-1.0, 0.0, 1.0]]), torch.tensor([[-1.0, 0.5, -1.0]])
        bernoulli = objective("vae", likelihood="bernoulli").reconstruction(y, x).item()
        self.assertAlmostEqual(bernoulli, -0.5 * (math.log(0.75) + math.log(0.25)) + 100)
        gaussian = objective("vae", likelihood="gaussian", sigma=0.5).reconstruction(y, x).item()
        self.assertAlmostEqual(gaussian, (0.25 + 4) / (2 * 0.25))
        mean, log_variance = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, math.log(4)]])
        self.assertAlmostEqual(objective("vae").divergence(mean, log_variance).item(),
                               0.5 + 0.5 * (4 - 1 - math.log(4)))


class WorkedByHand(unittest.TestCase):
    """reference/losses.py has values and gradients of 60 digits and knows no tensors."""

    def close(self, given, expected, what):
        expected = torch.tensor(expected)
        self.assertEqual(given.numel(), expected.numel(), what)
        torch.testing.assert_close(given.detach().flatten(), expected.flatten(), rtol=1e-14, atol=1e-14, msg=what)

    def test_every_case(self):
        cases = json.loads((Path(__file__).parent.parent / "reference" / "losses.json").read_text())["cases"]
        self.assertEqual({case["objective"] for case in cases}, set(OPTIONS) - {"vae"})
        for number, case in enumerate(cases):
            with self.subTest(number=number, objective=case["objective"]):
                self.check(case)

    def check(self, case):
        state = {"k": torch.tensor(case["k"])} if "k" in case else {}
        made = OBJECTIVES[case["objective"]](Settings({"fake_smoothing": 0.0, **case["options"]}), state)
        if case.get("family") == "energy":
            pairs = [[torch.tensor(case[side][key]).view(case["shape"]).requires_grad_(True)
                      for key in ("reconstruction", "input")] for side in ("real", "fake")]
            real, fake = (made.score(*pair) for pair in pairs)
            self.close(real, case["real_energy"], "real_energy")
            self.close(fake, case["fake_energy"], "fake_energy")
            leaves, aims = [pairs[0][0], pairs[1][0]], {"g_grad_fake": pairs[1][0], "g_grad_fake_input": pairs[1][1]}
        else:
            real, fake = leaves = [torch.tensor(case[side], requires_grad=True) for side in ("real", "fake")]
            aims = {"g_grad_fake": fake}
        loss, g_loss = made.discriminator_loss(real, fake), made.generator_loss(fake, real.detach())
        self.close(loss, case["d_loss"], "d_loss")
        self.close(g_loss, case["g_loss"], "g_loss")
        for key, gradient in zip(("d_grad_real", "d_grad_fake"), torch.autograd.grad(loss, leaves, retain_graph=True)):
            self.close(gradient, case[key], key)
        for key, gradient in zip(aims, torch.autograd.grad(g_loss, list(aims.values()))):
            self.close(gradient, case[key], key)
        if "k" in case:
            columns = made.control(real.mean().detach(), fake.mean().detach())
            self.close(state["k"], case["k_after"], "k_after")
            self.close(columns["began_measure"], case["measure"], "measure")


class Regularisers(unittest.TestCase):
    slope = torch.tensor([2.0, -1.0, 2.0])

    def linear(self, x):
        """A critic whose gradient has the length 3 everywhere."""
        return x.flatten(1) @ self.slope

    def test_closed_forms(self):
        real, fake = torch.randn(5, 3), torch.randn(5, 3)
        mix = torch.rand(5, 1)
        for one_sided, target, value in ((False, 1.0, 40.0), (False, 4.0, 10.0), (True, 4.0, 0.0), (True, 1.0, 40.0)):
            o = options("gradient_penalty", one_sided=one_sided, target=target)
            self.assertAlmostEqual(regularisers.gradient_penalty(self.linear, real, fake, mix, o).item(), value)
        real.requires_grad_(True)
        self.assertAlmostEqual(regularisers.squared_gradient(self.linear(real), real, options("r1")).item(), 9.0)
        o = options("dragan")
        self.assertAlmostEqual(regularisers.dragan(self.linear, real.detach(), fake, None, o).item(), 40.0)

    def test_place_of_the_gradient(self):
        """A critic of squares has the gradient 2x, which tells where it was taken."""
        real, fake = torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0], [8.0]])
        mix = torch.tensor([[0.25], [1.0]])
        o = options("gradient_penalty")
        value = regularisers.gradient_penalty(lambda x: (x ** 2).sum(1), real, fake, mix, o)
        self.assertAlmostEqual(value.item(), 10 * ((5 - 1) ** 2 + (4 - 1) ** 2) / 2, places=8)
        perturb, share = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [0.5]])
        delta = 0.5 * math.sqrt(0.5)
        for alpha, scale in ((None, 1.0), (share, 0.5)):
            value = regularisers.dragan(lambda x: (x ** 2).sum(1), real, perturb, alpha, options("dragan")).item()
            self.assertAlmostEqual(value, 10 * (1 + (2 * (2 + scale * delta) - 1) ** 2) / 2, places=8)

    def test_deviation_of_the_whole_batch(self):
        """Two pixels that differ from each other, not from sample to sample: each alone has no deviation."""
        real, perturb = torch.tensor([[0.0, 2.0], [0.0, 2.0]]), torch.ones(2, 2)
        value = regularisers.dragan(lambda x: (x ** 2).sum(1), real, perturb, None, options("dragan")).item()
        shift = 0.5 * math.sqrt(4 / 3)
        self.assertAlmostEqual(value, 10 * (2 * math.hypot(shift, 2 + shift) - 1) ** 2, places=8)

    def test_pull_away(self):
        code = torch.tensor([[1.0, 0.0], [0.0, 3.0], [1.0, 1.0]])
        self.assertAlmostEqual(regularisers.pull_away(code, options("pull_away")).item(), 0.1 * (4 * 0.5) / 6)
        self.assertTrue(torch.autograd.gradcheck(lambda x: regularisers.pull_away(x, options("pull_away")),
                                                 torch.randn(4, 3, requires_grad=True)))

    def test_clipping_takes_every_parameter(self):
        parameters = [torch.tensor([1.0, -1.0, 0.005]), torch.tensor([0.5])]
        regularisers.clip_weights(parameters, options("weight_clipping"))
        self.assertEqual(parameters[0].tolist(), [0.01, -0.01, 0.005])
        self.assertEqual(parameters[1].tolist(), [0.01])

    def test_colour(self):
        x = torch.rand(2, 3, 4, 5)
        draws = {"brightness": 0.7, "saturation": 0.25, "contrast": 0.1}
        y = regularisers.colour(x, lambda name, shape: torch.full(shape, draws[name]))
        bright = x + 0.2
        grey = bright.mean(1, keepdim=True)
        dull = grey + 0.5 * (bright - grey)
        mean = dull.mean((1, 2, 3), keepdim=True)
        torch.testing.assert_close(y, mean + 0.6 * (dull - mean))
        grey = torch.rand(2, 1, 4, 5)
        y = regularisers.colour(grey, lambda name, shape: torch.full(shape, 0.9 if name == "saturation" else 0.5))
        torch.testing.assert_close(y, grey)

    def test_translation(self):
        """16 x 8 pixels move by up to 2 and 1, each of the shifts for a fifth and a third of the draws."""
        x = torch.arange(1.0, 129.0).view(1, 1, 16, 8)
        for u, v, down, right in ((0.0, 0.5, -2, 0), (0.999, 0.999, 2, 1), (0.5, 0.2, 0, -1)):
            y = regularisers.translation(x, lambda name, shape: torch.tensor([[u, v]]))[0, 0]
            for i in range(16):
                for j in range(8):
                    inside = 0 <= i + down < 16 and 0 <= j + right < 8
                    self.assertEqual(y[i, j].item(), x[0, 0, i + down, j + right].item() if inside else 0.0)

    def test_translation_as_published(self):
        """The same with the gather of indices that Zhao et al. describe: padded by one, indices clamped."""
        torch.manual_seed(4)
        x, u = torch.randn(6, 2, 12, 12), torch.rand(6, 2)
        most = int(12 * 0.125 + 0.5)
        y = regularisers.translation(x, lambda name, shape: u)
        padded = torch.nn.functional.pad(x, [1, 1, 1, 1])
        shift = (u * (2 * most + 1)).floor().long() - most
        for n in range(6):
            rows = (torch.arange(12) + shift[n, 0] + 1).clamp(0, 13)
            columns = (torch.arange(12) + shift[n, 1] + 1).clamp(0, 13)
            self.assertTrue(torch.equal(y[n], padded[n][:, rows][:, :, columns]))

    def test_cutout(self):
        for height, width, u, v, zeros in ((8, 8, 0.5, 0.5, 16), (8, 8, 0.0, 0.0, 4), (8, 8, 0.999, 0.999, 4),
                                           (5, 6, 0.5, 0.5, 9), (5, 6, 0.0, 0.99, 4)):
            x = torch.ones(1, 2, height, width)
            y = regularisers.cutout(x, lambda name, shape: torch.tensor([[u, v]]))
            self.assertEqual((y == 0).sum().item(), 2 * zeros, (height, width, u, v))
        y = regularisers.cutout(torch.ones(1, 1, 8, 8), lambda name, shape: torch.tensor([[0.5, 0.25]]))[0, 0]
        self.assertEqual(y[2:6, 0:4].abs().sum().item(), 0)  # centres 4 and 2

    def test_augmentation_has_a_gradient(self):
        torch.manual_seed(5)
        x = torch.randn(2, 2, 4, 4, requires_grad=True)
        draws = {}

        def take(name, shape):
            return draws.setdefault(name, torch.rand(shape))

        self.assertTrue(torch.autograd.gradcheck(lambda x: regularisers.augment(x, take, options("diffaugment")), x))


class Optimisers(unittest.TestCase):
    cases = [
        ("adam", {"beta1": 0.5, "beta2": 0.99, "epsilon": 1e-8, "weight_decay": 0.1},
         lambda p: torch.optim.Adam(p, 0.01, (0.5, 0.99), 1e-8, weight_decay=0.1)),
        ("rmsprop", {"alpha": 0.9, "epsilon": 1e-8, "epsilon_inside": False},
         lambda p: torch.optim.RMSprop(p, 0.01, 0.9, 1e-8)),
        ("sgd", {"momentum": 0.9, "weight_decay": 0.1}, lambda p: torch.optim.SGD(p, 0.01, 0.9, weight_decay=0.1)),
        ("sgd", {"momentum": 0.0, "weight_decay": 0.0}, lambda p: torch.optim.SGD(p, 0.01)),
    ]

    def test_same_as_torch(self):
        for kind, chosen, make in self.cases:
            torch.manual_seed(6)
            theirs = torch.nn.Parameter(torch.randn(7))
            mine, reference = theirs.detach().clone(), make([theirs])
            state = {name: torch.zeros([]) if name == "step" else torch.zeros(7) for name in optimisers.STATES[kind]}
            for _ in range(20):
                gradient = torch.randn(7)
                theirs.grad = gradient.clone()
                reference.step()
                optimisers.UPDATES[kind](mine, gradient, state, 0.01, chosen)
                torch.testing.assert_close(mine, theirs.detach(), rtol=1e-12, atol=1e-14, msg=kind)

    def test_epsilon_under_the_root(self):
        w, state = torch.tensor([1.0]), {"square_avg": torch.tensor([0.0])}
        chosen = {"alpha": 0.5, "epsilon": 7.0, "epsilon_inside": True}
        optimisers.rmsprop(w, torch.tensor([2.0]), state, 0.3, chosen)
        self.assertAlmostEqual(w.item(), 1 - 0.3 * 2 / 3)


class Schedules(unittest.TestCase):
    def test_noise(self):
        noise = {"schedule": "linear", "start": 1.0, "end": 0.0, "steps": 10, "manual": False, "level": 0.25}
        self.assertEqual([noise_deviation(noise, step) for step in (0, 5, 10, 99)], [1.0, 0.5, 0.0, 0.0])
        noise["schedule"] = "exponential"
        self.assertAlmostEqual(noise_deviation(noise, 5), 1000 ** -0.5)
        self.assertEqual(noise_deviation(noise, 10), 0.0)
        noise["end"] = 0.01
        self.assertAlmostEqual(noise_deviation(noise, 5), 0.1)
        self.assertEqual(noise_deviation(copy.copy(noise) | {"manual": True}, 5), 0.25)

    def test_rates(self):
        fixed = {"anneal": "none", "rate_factor": 1.0}
        schedule = {"halve_every": 100, "minimum": 1e-4, **fixed}
        self.assertEqual([learning_rate(1e-3, schedule, step) for step in (0, 99, 100, 250, 900)],
                         [1e-3, 1e-3, 5e-4, 2.5e-4, 1e-4])
        self.assertEqual(learning_rate(1e-5, schedule, 500), 1e-5)
        self.assertEqual(learning_rate(1e-3, {"halve_every": 0, "minimum": 0, **fixed}, 10 ** 6), 1e-3)

    def test_annealing(self):
        schedule = {"anneal": "linear", "anneal_steps": 10, "rate_factor": 0.25, "penalty_factor": 0.1,
                    "beta2_end": 0.99, "halve_every": 0, "minimum": 1e-6}
        for kind, step, share in (("linear", 0, 0.0), ("linear", 4, 0.4), ("linear", 99, 1.0), ("cosine", 5, 0.5),
                                  ("cosine", 10, 1.0), ("none", 5, 0.0)):
            changed = schedule | {"anneal": kind}
            self.assertAlmostEqual(annealed(changed, step), share)
            self.assertAlmostEqual(learning_rate(2e-4, changed, step), 2e-4 - 1.5e-4 * share)
            self.assertAlmostEqual(penalty_factor(changed, step), 1 - 0.9 * share)
            self.assertAlmostEqual(second_memory(0.9, changed, step), 0.9 + 0.09 * share)
        self.assertEqual(second_memory(0.9, schedule | {"beta2_end": 0.0}, 5), 0.9)
