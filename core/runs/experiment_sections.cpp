// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/experiment_sections.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace saddle {

double InstanceNoiseOptions::at(std::int64_t step) const
{
    if (manual)
        return level;
    if (schedule == NoiseSchedule::Constant || steps <= 0)
        return start;
    const double t = std::min(1.0, static_cast<double>(step) / static_cast<double>(steps));
    if (schedule == NoiseSchedule::Linear)
        return start + (end - start) * t;
    // An exponential cannot reach 0: it aims at a thousandth of the start instead and is cut to 0 at the end.
    const double aim = end > 0 ? end : start * 1e-3;
    if (t >= 1.0)
        return end;
    return start > 0 ? start * std::pow(aim / start, t) : end;
}

double ScheduleOptions::annealed(std::int64_t step) const
{
    if (anneal == Anneal::None)
        return 0;
    const double t = annealSteps > 0 ? std::min(1.0, static_cast<double>(step) / static_cast<double>(annealSteps)) : 1;
    return anneal == Anneal::Linear ? t : (1 - std::cos(std::numbers::pi * t)) / 2;
}

double ScheduleOptions::penaltyAt(std::int64_t step) const
{
    return 1 + (penaltyFactor - 1) * annealed(step);
}

double ScheduleOptions::beta2At(double base, std::int64_t step) const
{
    return beta2End > 0 ? base + (beta2End - base) * annealed(step) : base;
}

double ScheduleOptions::rateAt(double base, std::int64_t step) const
{
    base *= 1 + (rateFactor - 1) * annealed(step);
    if (halveEvery <= 0)
        return base;
    const std::int64_t halvings = step / halveEvery;
    const double rate = base * std::pow(0.5, static_cast<double>(halvings));
    return std::max(rate, std::min(base, minimum));
}

const Schema<LatentOptions>& latentSchema()
{
    static const Schema<LatentOptions> schema = [] {
        Schema<LatentOptions> s;
        s.parameter("dimensions", &LatentOptions::dimensions,
            {.label = "Dimensions", .help = "How many numbers the generator starts from", .min = 1, .max = 4096});
        s.parameter("distribution", &LatentOptions::distribution,
            {.label = "Distribution",
                .help = "What the latent is drawn from",
                .choices = {{"normal", "Normal N(0, 1)"}, {"uniform", "Uniform −1 to 1"}}});
        return s;
    }();
    return schema;
}

const Schema<InstanceNoiseOptions>& instanceNoiseSchema()
{
    static const Schema<InstanceNoiseOptions> schema = [] {
        using O = InstanceNoiseOptions;
        const auto live = Applies::Live;
        Schema<O> s;
        s.parameter("schedule", &O::schedule,
            {.label = "Schedule",
                .help = "How the noise on real and generated samples changes while training",
                .choices = {{"constant", "Constant"}, {"linear", "Linear"}, {"exponential", "Exponential"}},
                .applies = live});
        s.parameter("start", &O::start,
            {.label = "Start σ",
                .help = "Standard deviation at step 0; data ranges from −1 to 1",
                .min = 0,
                .max = 10,
                .applies = live});
        s.parameter("end", &O::end,
            {.label = "End σ",
                .help = "Standard deviation once the schedule has run",
                .min = 0,
                .max = 10,
                .visibleWhen = {"schedule", {"linear", "exponential"}},
                .applies = live});
        s.parameter("steps", &O::steps,
            {.label = "Over",
                .help = "Steps the schedule takes",
                .unit = "steps",
                .min = 1,
                .max = 1e9,
                .visibleWhen = {"schedule", {"linear", "exponential"}},
                .applies = live});
        s.parameter("manual", &O::manual,
            {.label = "Set by hand", .help = "The level below rules instead of the schedule", .applies = live});
        s.parameter("level", &O::level,
            {.label = "Level σ",
                .help = "Standard deviation set by hand",
                .min = 0,
                .max = 10,
                .visibleWhen = {"manual", {"true"}},
                .applies = live});
        return s;
    }();
    return schema;
}

const Schema<TrainingOptions>& trainingSchema()
{
    static const Schema<TrainingOptions> schema = [] {
        using O = TrainingOptions;
        Schema<O> s;
        s.parameter("batch_size", &O::batchSize,
            {.label = "Batch size", .help = "Samples a network sees at once", .min = 1, .max = 65536});
        s.parameter("discriminator_steps", &O::discriminatorSteps,
            {.label = "D steps",
                .help = "Discriminator updates in one step",
                .min = 1,
                .max = 1000,
                .applies = Applies::Live});
        s.parameter("generator_steps", &O::generatorSteps,
            {.label = "G steps",
                .help = "Generator updates in one step",
                .min = 1,
                .max = 1000,
                .applies = Applies::Live});
        s.parameter("accumulate", &O::accumulate,
            {.label = "Accumulate",
                .help = "Batches whose gradients are added up for one update: a large batch on a small device",
                .unit = "batches",
                .min = 1,
                .max = 1024});
        s.parameter("label_flipping", &O::labelFlipping,
            {.label = "Label flipping",
                .help = "Share of samples whose names, real and generated, are exchanged for D",
                .min = 0,
                .max = 0.5,
                .applies = Applies::Live});
        s.parameter("conditional", &O::conditional,
            {.label = "Use labels", .help = "Networks get the data's labels, one-hot; each draws to order"});
        s.parameter("ema_decay", &O::emaDecay,
            {.label = "EMA of G",
                .help = "Weight kept by the running average of the generator at each step, such as 0.999; 0 keeps no "
                        "average",
                .min = 0,
                .max = 0.999999,
                .applies = Applies::Live});
        s.parameter("steps", &O::steps,
            {.label = "Stop after",
                .help = "Steps to train; 0 goes on until stopped",
                .unit = "steps",
                .min = 0,
                .max = 1e12,
                .applies = Applies::Live});
        s.parameter("images", &O::images,
            {.label = "Stop after images",
                .help = "Real samples to train on; 0 sets no limit",
                .unit = "images",
                .min = 0,
                .max = 1e15,
                .applies = Applies::Live});
        s.parameter("minutes", &O::minutes,
            {.label = "Stop after time",
                .help = "Training time; 0 sets no limit",
                .unit = "min",
                .min = 0,
                .max = 1e6,
                .applies = Applies::Live});
        s.parameter("patience", &O::patience,
            {.label = "Patience",
                .help = "Stops after so many steps in which the convergence measure (BEGAN's M, a critic's Wasserstein "
                        "estimate) got no better; 0 never does",
                .unit = "steps",
                .min = 0,
                .max = 1e12,
                .applies = Applies::Live});
        s.parameter("diagnosis", &O::diagnosis,
            {.label = "Diagnosis",
                .help = "Watches training and tells of collapse, a discriminator that has won, gradients that vanish "
                        "or explode, and losses that swing",
                .applies = Applies::Live});
        s.parameter("seed", &O::seed,
            {.label = "Seed", .help = "The same seed gives the same run", .min = 0, .max = 9007199254740991.0});
        s.parameter("device", &O::device,
            {.label = "Device",
                .help = "Where the networks live",
                .choices = {{"auto", "Automatic"}, {"cpu", "CPU"}, {"cuda", "CUDA GPU"}}});
        s.parameter("threads", &O::threads,
            {.label = "CPU threads",
                .help =
                    "Threads for the arithmetic; 0 takes one a core. Another number changes the last bits of results",
                .min = 0,
                .max = 1024});
        s.parameter("memory_format", &O::memoryFormat,
            {.label = "Memory format",
                .help = "Order of image tensors in memory. Another order changes the last bits of results",
                .choices = {{"contiguous", "Contiguous"}, {"channels_last", "Channels last"}}});
        s.parameter("graphs", &O::graphs,
            {.label = "CUDA graphs",
                .help = "A GPU records each phase of a step once and repeats it as one launch; where that cannot be, "
                        "it is trained as ever. No effect on a CPU"});
        s.parameter("bfloat16", &O::bfloat16,
            {.label = "bfloat16",
                .help = "Networks multiply in 16 bits while they train, where the device can: faster, and coarser. "
                        "Weights, losses and whatever is penalised stay in 32. Results differ from those without"});
        return s;
    }();
    return schema;
}

const Schema<ScheduleOptions>& scheduleSchema()
{
    static const Schema<ScheduleOptions> schema = [] {
        using O = ScheduleOptions;
        Schema<O> s;
        s.parameter("halve_every", &O::halveEvery,
            {.label = "Halve rates every",
                .help = "Both learning rates are halved each time; 0 never does",
                .unit = "steps",
                .min = 0,
                .max = 1e12,
                .applies = Applies::Live});
        s.parameter("minimum", &O::minimum,
            {.label = "Lowest rate",
                .help = "Halving stops here",
                .min = 0,
                .max = 1,
                .scale = Scale::Log,
                .applies = Applies::Live});
        const auto annealing = [](std::string label, std::string help, double most) {
            return ParameterTraits{.label = std::move(label),
                .help = std::move(help),
                .min = 0,
                .max = most,
                .visibleWhen = {"anneal", {"linear", "cosine"}},
                .applies = Applies::Live};
        };
        s.parameter("anneal", &O::anneal,
            {.label = "Anneal",
                .help = "Carries rates, penalties and β₂ from what they are set to towards other values",
                .choices = {{"none", "Nothing"}, {"linear", "Linearly"}, {"cosine", "By a cosine"}},
                .applies = Applies::Live});
        s.parameter("anneal_steps", &O::annealSteps,
            {.label = "Over",
                .help = "Steps annealing takes",
                .unit = "steps",
                .min = 1,
                .max = 1e12,
                .visibleWhen = {"anneal", {"linear", "cosine"}},
                .applies = Applies::Live});
        s.parameter(
            "rate_factor", &O::rateFactor, annealing("Rates to", "Factor on both learning rates at the end", 100));
        s.parameter("penalty_factor", &O::penaltyFactor,
            annealing("Penalties to", "Factor on the weights of penalties at the end", 100));
        s.parameter("beta2_end", &O::beta2End, annealing("β₂ to", "Adam's β₂ at the end; 0 leaves it", 0.999999));
        return s;
    }();
    return schema;
}

const Schema<SamplingOptions>& samplingSchema()
{
    static const Schema<SamplingOptions> schema = [] {
        using O = SamplingOptions;
        Schema<O> s;
        s.parameter("rows", &O::rows,
            {.label = "Rows", .help = "Rows of the sample grid", .min = 1, .max = 64, .applies = Applies::Live});
        s.parameter("columns", &O::columns,
            {.label = "Columns", .help = "Columns of the sample grid", .min = 1, .max = 64, .applies = Applies::Live});
        s.parameter("points", &O::points,
            {.label = "Points",
                .help = "Generated points shown for 2-D data",
                .min = 1,
                .max = 100000,
                .applies = Applies::Live});
        s.parameter("ema", &O::ema,
            {.label = "Use the average",
                .help = "Sample the averaged generator where there is one",
                .applies = Applies::Live});
        s.parameter("refresh_seconds", &O::refreshSeconds,
            {.label = "Refresh every",
                .help = "Time between pictures while training; a grid costs about half a step on a CPU",
                .unit = "s",
                .min = 0.05,
                .max = 3600,
                .scale = Scale::Log,
                .applies = Applies::Live});
        s.parameter("keep_every", &O::keepEvery,
            {.label = "Keep a grid every",
                .help = "Steps between sample grids kept in the run folder; 0 keeps none",
                .unit = "steps",
                .min = 0,
                .max = 1e9,
                .applies = Applies::Live});
        s.parameter("checkpoint_every", &O::checkpointEvery,
            {.label = "Checkpoint every",
                .help = "Steps between checkpoints; 0 saves none by steps. One is saved as well before an edit, at a "
                        "pause and at the end",
                .unit = "steps",
                .min = 0,
                .max = 1e9,
                .applies = Applies::Live});
        s.parameter("checkpoint_minutes", &O::checkpointMinutes,
            {.label = "And every",
                .help = "Minutes of training between checkpoints; 0 saves none by time",
                .unit = "min",
                .min = 0,
                .max = 1e5,
                .applies = Applies::Live});
        s.parameter("checkpoint_gigabytes", &O::checkpointGigabytes,
            {.label = "Room for checkpoints",
                .help = "Above this, older checkpoints are thinned out: those saved by hand, pinned or best stay. 0 "
                        "keeps all",
                .unit = "GB",
                .min = 0,
                .max = 1e6,
                .applies = Applies::Live});
        return s;
    }();
    return schema;
}

const std::vector<Parameter>& networkParameters()
{
    static const std::vector<Parameter> parameters = [] {
        Parameter initialisation;
        initialisation.key = "initialisation";
        initialisation.type = ParameterType::Choice;
        initialisation.label = "Initial weights";
        initialisation.help = "What the weights are drawn from before the first step";
        initialisation.choices = {{"normal", "N(0, 0.02)"}, {"default", "PyTorch's default"}};
        initialisation.defaultValue = "normal";
        return std::vector<Parameter>{initialisation};
    }();
    return parameters;
}

namespace {

std::string kindOf(const Json& document, const std::string& path, const std::string& key, const std::string& fallback)
{
    const Json* value = findPath(document, path + "." + key);
    return value && value->is_string() ? value->get<std::string>() : fallback;
}

/// A section whose first parameter chooses a kind and whose others belong to that kind.
template <typename Info>
Section kindSection(const Json& document, const Registry<Info>& registry, std::string path, std::string label,
    std::string key, std::string keyLabel, std::string fallback, Applies applies = Applies::Restart)
{
    Section section{std::move(path), std::move(label), key, {}, {}, false};
    Parameter choice;
    choice.key = std::move(key);
    choice.type = ParameterType::Choice;
    choice.label = std::move(keyLabel);
    choice.choices = registry.choices();
    choice.applies = applies;
    const std::string kind = kindOf(document, section.path, section.kindKey, fallback);
    choice.defaultValue = std::move(fallback);
    const Info* info = registry.find(kind);
    if (info) {
        choice.help = info->help;
        section.note = info->source;
    }
    section.parameters.push_back(std::move(choice));
    if (info)
        section.parameters.insert(section.parameters.end(), info->parameters.begin(), info->parameters.end());
    return section;
}

template <typename Options>
Section plainSection(std::string path, std::string label, const Schema<Options>& schema)
{
    return {std::move(path), std::move(label), {}, {}, schema.parameters(), false};
}

std::string roleLabel(std::string role)
{
    role.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(role.front())));
    return role;
}

} // namespace

std::vector<std::string> experimentRoles(const Json& document, const Catalog& catalog)
{
    const ObjectiveInfo* objective = catalog.objectives.find(kindOf(document, "objective", "kind", "non-saturating"));
    return objective ? objective->roles : std::vector<std::string>{"generator", "discriminator"};
}

std::vector<Section> experimentSections(const Json& document, const Catalog& catalog)
{
    std::vector<Section> sections;
    sections.push_back(kindSection(document, catalog.sources, "data", "Data", "source", "Source", "gaussians-8"));
    sections.push_back(plainSection("latent", "Latent", latentSchema()));
    const std::vector<std::string> roles = experimentRoles(document, catalog);
    for (const std::string& role : roles) {
        Section section;
        const Json* layers = findPath(document, role + ".layers");
        if (layers) {
            section = {role, roleLabel(role), {}, {}, {}, true};
        } else {
            section =
                kindSection(document, catalog.architectures, role, roleLabel(role), "architecture", "Network", "mlp");
            section.network = true;
        }
        section.parameters.insert(section.parameters.end(), networkParameters().begin(), networkParameters().end());
        sections.push_back(std::move(section));
    }
    Section objective =
        kindSection(document, catalog.objectives, "objective", "Objective", "kind", "Loss", "non-saturating");
    if (const ObjectiveInfo* info = catalog.objectives.find(kindOf(document, "objective", "kind", "non-saturating"))) {
        objective.note = "D: " + info->discriminatorFormula + "\nG: " + info->generatorFormula + "\n" + info->source;
    }
    sections.push_back(std::move(objective));
    for (const RegulariserInfo& info : catalog.regularisers.items()) {
        Section section{"regularisers." + info.kind, info.label, {}, info.source, info.parameters, false};
        section.group = "Regularisers";
        sections.push_back(std::move(section));
    }
    sections.push_back(plainSection("instance_noise", "Instance noise", instanceNoiseSchema()));
    sections.push_back(plainSection("training", "Training", trainingSchema()));
    for (const std::string& role : roles) {
        sections.push_back(kindSection(document, catalog.optimisers, "optimisers." + role,
            roleLabel(role) + " optimiser", "kind", "Optimiser", "adam"));
    }
    sections.push_back(plainSection("schedules", "Schedules", scheduleSchema()));
    sections.push_back(plainSection("sampling", "Samples and checkpoints", samplingSchema()));
    return sections;
}

} // namespace saddle
