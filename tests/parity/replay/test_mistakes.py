# SPDX-License-Identifier: GPL-3.0-or-later
"""One test for each mistake found in popular implementations that a replay could make too. (Mistakes in data and in
quality scores have their tests with those.)"""
import math
import unittest

import torch

import regularisers
import synthetic
from networks import Pass
from objectives import OBJECTIVES, energy
from settings import Settings
from step import Step
from synthetic import NewDraws, before, experiment
from trace import Draws


def objective(kind, state=None, **options):
    return OBJECTIVES[kind](Settings({**synthetic.OBJECTIVES[kind], **options}), state if state is not None else {})


def penalty_options(name, **changed):
    return Settings({**synthetic.REGULARISERS[name], **changed})


def run(setup, phases, seed=1, start=None, draws=None):
    torch.manual_seed(seed)
    start = start or before(setup)
    step = Step(setup, start, draws or NewDraws(), 1)
    step.run(phases)
    return start, step


D, G = [("discriminator", 0)], [("generator", 0)]


class Mistakes(unittest.TestCase):
    def test_the_adversarial_loss_is_learned_beside_a_penalty(self):
        """A penalty of weight 0 leaves the update as it is without one; the loss alone moves D."""
        draws = NewDraws()
        plain = experiment("non-saturating")
        penalised = experiment("non-saturating", regularisers={"dragan": {"weight": 0.0}})
        start, with_penalty = run(penalised, D, draws=draws)
        needed = {k: v for k, v in draws.tensors.items() if "perturb" not in k}
        _, without = run(plain, D, start=start, draws=Draws(needed))
        given, expected = with_penalty.state.tensors(), without.state.tensors()
        for name in expected:
            torch.testing.assert_close(given[name], expected[name], rtol=1e-13, atol=1e-15, msg=name)
        self.assertGreater((expected["discriminator/0.weight"] - start["discriminator/0.weight"]).norm().item(), 1e-3)

    def test_the_relativistic_generator_reads_the_real_batch(self):
        fake = torch.tensor([0.3, -1.0])
        for real in (torch.tensor([0.0, 0.0]), torch.tensor([5.0, -2.0])):
            loss = objective("relativistic").generator_loss(fake, real).item()
            expected = sum(math.log1p(math.exp(-(f - r))) for f, r in zip(fake.tolist(), real.tolist())) / 2
            self.assertAlmostEqual(loss, expected)
        torch.manual_seed(1)
        setup = experiment("relativistic")
        draws = NewDraws()
        start, step = run(setup, G, draws=draws)
        other = dict(draws.tensors)
        other["generator/0/real"] = -other["generator/0/real"]
        _, moved = run(setup, G, start=start, draws=Draws(other))
        self.assertNotEqual(step.metrics["g_loss"].item(), moved.metrics["g_loss"].item())
        key = "generator/1.weight"
        self.assertGreater((step.state.tensors()[key] - moved.state.tensors()[key]).norm().item(), 1e-6)

    def test_pull_away_is_squared(self):
        """Opposite codes are as bad as equal ones, and a sample is not compared with itself."""
        for code, value in (([[1.0, 2.0], [-1.0, -2.0]], 0.1), ([[1.0, 2.0], [2.0, 4.0]], 0.1),
                            ([[1.0, 2.0], [2.0, -1.0]], 0.0)):
            term = regularisers.pull_away(torch.tensor(code), penalty_options("pull_away"))
            self.assertAlmostEqual(term.item(), value)

    def test_margin_and_energy_belong_together(self):
        """The same reconstruction has other energies: where its sum is above a margin, its mean is far below."""
        x, y = torch.ones(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
        energies = {kind: energy(kind, y, x).item() for kind in ("mean", "sum", "norm")}
        self.assertEqual(energies, {"mean": 1.0, "sum": 192.0, "norm": math.sqrt(192)})
        for kind, hinge in (("mean", 9.0), ("sum", 0.0), ("norm", 0.0)):
            made = objective("ebgan", margin=10.0, energy=kind)
            fake = made.score(y, x)
            self.assertAlmostEqual(made.discriminator_loss(torch.zeros(1), fake).item(), hinge)

    def test_hinges_are_of_samples(self):
        """A sure sample and an unsure one: the mean of both is at the margin, their hinges are not."""
        loss = objective("hinge").discriminator_loss(torch.tensor([3.0, -1.0]), torch.tensor([-4.0, 2.0]))
        self.assertAlmostEqual(loss.item(), 1.0 + 1.5)
        loss = objective("ebgan").discriminator_loss(torch.tensor([0.0]), torch.tensor([0.0, 2.0]))
        self.assertAlmostEqual(loss.item(), 0.5)

    def test_gradient_norms_are_of_samples(self):
        """Neither the size of the batch nor the number of pixels enters a critic's slope of length 2."""
        for count in (1, 7):
            for side in (1, 5):
                x = torch.randn(count, 1, side, side)
                slope = torch.full((side * side,), 2.0 / side)
                norm = regularisers.gradient_norm(lambda x: x.flatten(1) @ slope, x, 0.0)
                torch.testing.assert_close(norm, torch.full((count,), 2.0))

    def test_samples_are_mixed_by_one_number_each(self):
        draws = NewDraws()
        run(experiment("wgan", regularisers={"gradient_penalty": {}}), D, draws=draws)
        self.assertEqual(list(draws.tensors["discriminator/0/mix"].shape), [synthetic.BATCH, 1, 1, 1])

    def test_a_penalty_sees_each_sample_alone(self):
        """With layer norm the gradient in the batch is the gradient without it; with batch norm it is not."""
        for norm, alone in (("layer", True), ("instance", True), ("batch", False)):
            torch.manual_seed(2)
            critic = [{**synthetic.CRITIC[0], "norm": norm}, *synthetic.CRITIC[1:]]
            step = Step(experiment("wgan", discriminator=critic), before(experiment("wgan", discriminator=critic)),
                        Draws({}), 1)
            x = torch.randn(3, *synthetic.IMAGE)

            def norms(batch):
                network = step.networks["discriminator"]
                return regularisers.gradient_norm(lambda x: network(x, None, Pass(True)).flatten(), batch, 0.0)

            separate = torch.cat([norms(x[n:n + 1]) for n in range(3)])
            self.assertEqual(torch.allclose(norms(x), separate, rtol=1e-10), alone, norm)

    def test_a_flat_critic_gives_no_nan(self):
        setup = experiment("wgan", regularisers={"gradient_penalty": {}, "dragan": {}})
        torch.manual_seed(3)
        start = before(setup)
        start["discriminator/2.weight"].zero_()
        _, step = run(setup, D, start=start)
        for name, tensor in step.state.tensors().items():
            self.assertTrue(torch.isfinite(tensor).all(), name)
        self.assertAlmostEqual(step.metrics["gradient_penalty"].item(), 10.0, places=4)

    def test_k_is_clipped_and_has_no_graph(self):
        for start, real, fake, end in ((0.001, 0.0, 5.0, 0.0), (0.99, 5.0, 0.0, 1.0)):
            state = {"k": torch.tensor(start)}
            objective("began", state).control(torch.tensor(real), torch.tensor(fake))
            self.assertEqual(state["k"].item(), end)
        _, step = run(experiment("began"), D)
        self.assertFalse(step.state.objective["k"].requires_grad)
        self.assertIsNone(step.state.objective["k"].grad_fn)

    def test_real_and_fake_are_batches_of_their_own(self):
        """Running statistics move twice, first towards the real batch."""
        critic = [{"kind": "norm", "norm": "batch"}, {"kind": "flatten"}, {"kind": "linear", "out": 1}]
        setup = experiment("hinge", discriminator=critic)
        draws = NewDraws()
        start, step = run(setup, D, draws=draws)
        after, name = step.state.tensors(), "discriminator/0.norm.running_mean"
        self.assertEqual(after["discriminator/0.norm.num_batches_tracked"], 5)
        generator = Step(setup, start, Draws({}), 1).networks["generator"]
        fake = generator(draws.tensors["discriminator/0/latent"], None, Pass(True))
        expected = start[name]
        for batch in (draws.tensors["discriminator/0/real"], fake):
            expected = 0.9 * expected + 0.1 * batch.mean((0, 2, 3))
        torch.testing.assert_close(after[name], expected)

    def test_smoothing_is_of_the_real_side_of_d(self):
        """Where a target is met the gradient is 0: D(x) at ln(9) for a target of .9, D(G) far below for one of 0."""
        made = objective("non-saturating", label_smoothing=0.1, fake_smoothing=0.0)
        real = torch.tensor([math.log(9.0)], requires_grad=True)
        fake = torch.tensor([-50.0], requires_grad=True)
        gradients = torch.autograd.grad(made.discriminator_loss(real, fake), (real, fake))
        self.assertAlmostEqual(gradients[0].item(), 0.0, places=14)
        self.assertAlmostEqual(gradients[1].item(), 0.0, places=14)
        far = torch.tensor([50.0], requires_grad=True)  # G's own target stays 1
        self.assertAlmostEqual(torch.autograd.grad(made.generator_loss(far, None), far)[0].item(), 0.0, places=14)

    def test_the_average_has_buffers(self):
        generator = [{**synthetic.GENERATOR[0], "norm": "batch"}, *synthetic.GENERATOR[1:]]
        start, step = run(experiment("hinge", generator=generator, training={"ema_decay": 0.75}), G)
        after = step.state.tensors()
        for name in ("0.norm.running_mean", "0.norm.running_var", "0.norm.num_batches_tracked"):
            self.assertTrue(torch.equal(after[f"ema/{name}"], after[f"generator/{name}"]), name)
        expected = 0.75 * start["ema/1.weight"] + 0.25 * after["generator/1.weight"]
        torch.testing.assert_close(after["ema/1.weight"], expected)
