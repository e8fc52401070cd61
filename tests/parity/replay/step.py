# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of training: its phases in order, from the state before it and from what was drawn."""
import torch

import objectives
import optimisers
import regularisers
from networks import Network, Pass, is_buffer
from settings import ReplayError, Settings, learning_rate, noise_deviation, penalty_factor, second_memory

ROLES = ("generator", "discriminator", "encoder")


class State:
    """Everything that a step moves, by the names of a trace."""

    def __init__(self, tensors):
        self.networks, self.optimisers, self.objective, self.average = {}, {}, {}, None
        for key, tensor in tensors.items():
            parts = key.split("/")
            if parts[0] == "optimiser" and len(parts) == 4:
                role, name, parameter = parts[1:]
                self.optimisers.setdefault(role, {}).setdefault(parameter, {})[name] = tensor.clone()
            elif parts[0] == "objective" and len(parts) == 2:
                self.objective[parts[1]] = tensor.clone()
            elif parts[0] == "ema" and len(parts) == 2:
                self.average = self.average or {}
                self.average[parts[1]] = tensor.clone()
            elif parts[0] in ROLES and len(parts) == 2:
                self.networks.setdefault(parts[0], {})[parts[1]] = tensor.clone()
            else:
                raise ReplayError(f"before/{key} is no name of a trace")

    def tensors(self):
        named = {f"ema/{name}": tensor for name, tensor in (self.average or {}).items()}
        named |= {f"{role}/{name}": tensor for role, network in self.networks.items()
                  for name, tensor in network.items()}
        named |= {f"optimiser/{role}/{name}/{parameter}": tensor for role, parameters in self.optimisers.items()
                  for parameter, states in parameters.items() for name, tensor in states.items()}
        named |= {f"objective/{name}": tensor for name, tensor in self.objective.items()}
        return {name: tensor.detach() for name, tensor in named.items()}


class Batch:
    """What is drawn for one batch of an update, and the passes that its networks have made."""

    def __init__(self, draws, place, first):
        self.draws, self.place, self.first, self.passes = draws, place, first, {}

    def has(self, name):
        return self.draws.has(f"{self.place}/{name}")

    def take(self, name, shape=None):
        return self.draws.take(f"{self.place}/{name}", shape)

    def next_pass(self, role):
        number = self.passes.get(role, 0)
        self.passes[role] = number + 1

        def uniform(layer, shape):
            return self.take(f"dropout/{role}/{number}/{layer}", shape)

        return Pass(True, uniform, self.first and number == 0)


def broadcast(x):
    """The shape of one number a sample beside a batch."""
    return [len(x)] + [1] * (x.dim() - 1)


class Step:
    """Replays a step. `step` counts from 1; schedules go by the steps done before it.

    `classes`: how many there are, for networks that read labels. After run(), `state` and `metrics` are those after it.
    `rounding`: with a number above 0 every gradient is off by so much, relative to the length of the whole gradient, at
    random (`seed`), as another order of sums might make it.
    """

    def __init__(self, experiment, before, draws, step, classes=0, rounding=0.0, seed=0):
        self.experiment, self.draws, self.done = Settings(experiment), draws, step - 1
        self.state, self.metrics = State(before), {}
        self.rounding, self.random = rounding, torch.Generator().manual_seed(seed)
        training = self.experiment.section("training")
        self.accumulate = training["accumulate"]
        self.flipping = training["label_flipping"]
        self.decay = training["ema_decay"]
        self.noise = noise_deviation(self.experiment.section("instance_noise"), self.done)
        chosen = self.experiment.section("objective")
        self.objective = chosen.choice("kind", objectives.OBJECTIVES)(chosen, self.state.objective)
        listed = self.experiment.section("regularisers")
        self.regularisers = {name: listed.section(name) for name in listed if listed.section(name)["enabled"]}
        known = {"gradient_penalty", "r1", "r2", "dragan", "pull_away", "weight_clipping", "diffaugment"}
        if unknown := sorted(set(self.regularisers) - known):
            raise ReplayError(f"the replay knows no regulariser {unknown[0]}")
        self.networks = {role: Network(role, self.experiment.section(role)["layers"], tensors, classes)
                         for role, tensors in self.state.networks.items()}
        schedules = self.experiment.section("schedules")
        self.penalty_factor = penalty_factor(schedules, self.done)
        self.rates, self.optimisers = {}, {}
        for role in self.networks:
            options = self.experiment.section("optimisers").section(role)
            self.rates[role] = learning_rate(options["learning_rate"], schedules, self.done)
            if options["kind"] == "adam":
                options["beta2"] = second_memory(options["beta2"], schedules, self.done)
            self.optimisers[role] = options

    def run(self, phases):
        known = {"discriminator": self.discriminator, "generator": self.generator, "vae": self.autoencoder}
        learners = {"discriminator": ["discriminator"], "generator": ["generator"], "vae": ["encoder", "generator"]}
        self.metrics |= {f"{role[0]}_lr": rate for role, rate in self.rates.items()}
        self.metrics["noise_std"] = self.noise
        for phase, update in phases:
            if phase not in known:
                raise ReplayError(f"the replay knows no phase {phase}")
            self.update(phase, update, known[phase], learners[phase])

    def update(self, phase, update, terms, learns):
        """One update: gradients are means over its batches, and so is every column."""
        for role, network in self.networks.items():
            network.set_learning(role in learns)
        parameters = [(role, name, p) for role in learns for name, p in self.networks[role].parameters.items()]
        gradients = [torch.zeros_like(p) for _, _, p in parameters]
        columns = {}
        for number in range(self.accumulate):
            place = f"{phase}/{update}" + (f"/{number}" if self.accumulate > 1 else "")
            loss, reported = terms(Batch(self.draws, place, number == 0))
            parts = torch.autograd.grad(loss / self.accumulate, [p for _, _, p in parameters], allow_unused=True)
            for gradient, part in zip(gradients, parts):
                if part is not None:
                    gradient += part
            for column, value in reported.items():
                columns[column] = columns.get(column, 0) + value.detach() / self.accumulate
        norm = torch.cat([g.flatten() for g in gradients]).norm()
        if not torch.isfinite(norm):
            raise ReplayError(f"the gradient of {phase}/{update} is not finite, so there is nothing to compare")
        if self.rounding:
            gradients = [g + self.rounding * norm * torch.randn(g.shape, generator=self.random) for g in gradients]
        columns["d_grad_norm" if phase == "discriminator" else "g_grad_norm"] = norm
        with torch.no_grad():
            for (role, name, parameter), gradient in zip(parameters, gradients):
                self.learn(role, name, parameter, gradient)
            if phase == "discriminator":
                if "weight_clipping" in self.regularisers:
                    regularisers.clip_weights(self.networks["discriminator"].parameters.values(),
                                              self.regularisers["weight_clipping"])
                columns |= self.objective.control(columns["d_real"], columns["d_fake"])
            else:
                self.follow_average()
        self.metrics |= columns | {f"{phase}/{update}/{name}": value for name, value in columns.items()}

    def learn(self, role, name, parameter, gradient):
        options = self.optimisers[role]
        move = options.choice("kind", optimisers.UPDATES)
        state = self.state.optimisers.get(role, {}).get(name, {})
        for needed in optimisers.STATES[options["kind"]]:
            if needed not in state:
                raise ReplayError(f"before/optimiser/{role}/{needed}/{name} is missing")
        move(parameter, gradient, state, self.rates[role], options)

    def follow_average(self):
        """The averaged generator: parameters follow, buffers are copied."""
        if self.state.average is None:
            return
        for name, tensor in self.state.networks["generator"].items():
            if name not in self.state.average:
                raise ReplayError(f"before/ema/{name} is missing")
            average = self.state.average[name]
            average.copy_(tensor if is_buffer(name) else self.decay * average + (1 - self.decay) * tensor)

    # What goes into the networks.

    def forward(self, batch, role, x, label, keep=None):
        return self.networks[role](x, label, batch.next_pass(role), keep)

    def label(self, batch, which):
        return batch.take(f"{which}_label") if batch.has(f"{which}_label") else None

    def fakes(self, batch):
        latent = batch.take("latent")
        label = self.label(batch, "fake")
        return self.forward(batch, "generator", latent, label), label

    def present(self, batch, x, which):
        """What D gets to see of a batch: augmented, then with noise."""
        if "diffaugment" in self.regularisers:
            def take(operation, shape):
                return batch.take(f"augment_{which}/{operation}", shape)
            x = regularisers.augment(x, take, self.regularisers["diffaugment"])
        if self.noise > 0:
            x = x + self.noise * batch.take(f"noise_{which}", x.shape)
        return x

    def judge(self, batch, x, label, keep=None):
        """D's score of each sample."""
        return self.objective.score(self.forward(batch, "discriminator", x, label, keep), x)

    # Phases: the loss of one batch with its penalties, and the columns to report.

    def discriminator(self, batch):
        real, real_label = batch.take("real"), self.label(batch, "real")
        with torch.no_grad():
            fake, fake_label = self.fakes(batch)
            real = self.present(batch, real, "real")
            fake = self.present(batch, fake, "fake")
        # Leaves of the graph, for the penalties on D's gradient there.
        real.requires_grad_(True)
        fake.requires_grad_(True)
        real_score = self.judge(batch, real, real_label)
        fake_score = self.judge(batch, fake, fake_label)
        shown_real, shown_fake = real_score, fake_score
        if self.flipping > 0:
            flipped = batch.take("label_flip", [len(real)]) < self.flipping
            shown_real = torch.where(flipped, fake_score, real_score)
            shown_fake = torch.where(flipped, real_score, fake_score)
        loss = self.objective.discriminator_loss(shown_real, shown_fake)
        penalties = self.penalties(batch, real, fake, real_score, fake_score, real_label)
        return loss + sum(penalties.values()), {
            "d_loss": loss, "d_real": real_score.mean(), "d_fake": fake_score.mean(), **penalties}

    def penalties(self, batch, real, fake, real_score, fake_score, label):
        terms = {}

        def critic(x):
            return self.judge(batch, x, label)

        if options := self.regularisers.get("gradient_penalty"):
            mix = batch.take("mix", broadcast(real))
            terms["gradient_penalty"] = regularisers.gradient_penalty(critic, real, fake, mix, options)
        if options := self.regularisers.get("r1"):
            terms["r1"] = regularisers.squared_gradient(real_score, real, options)
        if options := self.regularisers.get("r2"):
            terms["r2"] = regularisers.squared_gradient(fake_score, fake, options)
        if options := self.regularisers.get("dragan"):
            perturb = batch.take("perturb", real.shape)
            mix = batch.take("perturb_mix", broadcast(real)) if options["per_sample"] else None
            terms["dragan"] = regularisers.dragan(critic, real.detach(), perturb, mix, options)
        return {name: self.penalty_factor * term for name, term in terms.items()}

    def generator(self, batch):
        real_score = None
        if self.objective.needs_real:
            real, label = batch.take("real"), self.label(batch, "real")
            with torch.no_grad():
                real_score = self.judge(batch, self.present(batch, real, "real"), label)
        fake, label = self.fakes(batch)
        outputs = {}
        fake_score = self.judge(batch, self.present(batch, fake, "fake"), label, outputs)
        loss = self.objective.generator_loss(fake_score, real_score)
        if options := self.regularisers.get("pull_away"):
            if "code" not in outputs:
                raise ReplayError("pull_away needs a layer of D with the id code")
            penalty = self.penalty_factor * regularisers.pull_away(outputs["code"], options)
            return loss + penalty, {"g_loss": loss, "pull_away": penalty}
        return loss, {"g_loss": loss}

    def autoencoder(self, batch):
        real, label = batch.take("real"), self.label(batch, "real")
        mean, log_variance = self.forward(batch, "encoder", real, label).chunk(2, 1)
        latent = mean + (log_variance / 2).exp() * batch.take("posterior", mean.shape)
        output = self.forward(batch, "generator", latent, label)
        reconstruction = self.objective.reconstruction(output, real)
        divergence = self.objective.divergence(mean, log_variance)
        loss = reconstruction + self.objective["beta"] * divergence
        return loss, {"g_loss": loss, "reconstruction": reconstruction, "kl": divergence}
