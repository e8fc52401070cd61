// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/optimiser.h"

#include <ATen/ops/_foreach_add.h>

namespace saddle {

namespace {

/// The traits every optimiser's learning rate has.
ParameterTraits rateTraits()
{
    return {.label = "Learning rate",
        .help = "Size of an update",
        .min = 0,
        .max = 10,
        .scale = Scale::Log,
        .applies = Applies::Live};
}

ParameterTraits decayTraits()
{
    return {.label = "Weight decay",
        .help = "Pull of the weights towards 0 (L2)",
        .min = 0,
        .max = 1,
        .applies = Applies::Live};
}

template <typename Options>
class OptimiserDescriber : public Description<OptimiserDescriber<Options>, OptimiserInfo, Options> {
public:
    using Description<OptimiserDescriber<Options>, OptimiserInfo, Options>::Description;

    template <typename Made>
    OptimiserInfo build()
    {
        this->m_info.create = [read = this->reader()](const Json& json, const ParameterSet& parameters) {
            return std::make_unique<Made>(read(json), parameters);
        };
        return this->finish();
    }
};

/// Gradients of a skipped update become 0: NaN times 0 is NaN.
std::vector<torch::Tensor> withoutBad(const std::vector<torch::Tensor>& gradients, const torch::Tensor& skip)
{
    std::vector<torch::Tensor> clean;
    clean.reserve(gradients.size());
    for (const torch::Tensor& gradient : gradients)
        clean.push_back(at::where(skip > 0, at::zeros({}, gradient.options()), gradient));
    return clean;
}

struct AdamOptions : OptimiserOptions {
    double beta1 = 0.5;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0;
};

/// Adam, Kingma & Ba 2015: m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², w ← w - η m̂ / (√v̂ + ε), in one fused call, which has
/// β₂ as a number of the host; where that moves, in one call for each operation.
class Adam : public Optimiser {
public:
    Adam(const AdamOptions& options, const ParameterSet& parameters)
        : Optimiser(parameters)
        , m_options(options)
        , m_firstMoments(addState("exp_avg"))
        , m_secondMoments(addState("exp_avg_sq"))
        , m_beta2(torch::full({}, options.beta2, parameters.tensors.front().options().dtype(torch::kDouble)))
    {
        for (std::size_t i = 0; i < parameters.tensors.size(); ++i) {
            m_steps.push_back(
                torch::zeros({}, parameters.tensors[i].options().dtype(torch::kFloat).requires_grad(false)));
            m_state.push_back({"step/" + parameters.names[i], m_steps.back()});
        }
        setRate(options.learningRate);
    }

    void step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& skip) override
    {
        const torch::NoGradGuard guard;
        if (m_beta2Moves)
            stepByTensors(gradients, skip);
        else
            stepAtOnce(gradients, skip);
    }

    bool set(const std::string& key, double value) override
    {
        if (key == "beta1") {
            m_options.beta1 = value;
        } else if (key == "beta2") {
            if (value != m_options.beta2)
                m_beta2.fill_(value);
            m_options.beta2 = value;
        } else if (key == "epsilon") {
            m_options.epsilon = value;
        } else if (key == "weight_decay") {
            m_options.weightDecay = value;
        } else {
            return false;
        }
        return true;
    }

    void setBeta2Moves(bool moves) override { m_beta2Moves = moves; }

private:
    void stepAtOnce(const std::vector<torch::Tensor>& gradients, const torch::Tensor& skip)
    {
        // The kernel goes through memory, not by index: a gradient that lies in another order, as second derivatives of
        // convolutions do, would be given to other weights.
        std::vector<torch::Tensor> aligned = gradients;
        for (std::size_t i = 0; i < aligned.size(); ++i) {
            if (aligned[i].strides() != m_firstMoments[i].strides())
                aligned[i] = at::empty_like(m_firstMoments[i]).copy_(aligned[i]);
        }
        at::_foreach_add_(m_steps, 1);
        at::_fused_adam_(m_parameters.tensors, aligned, m_firstMoments, m_secondMoments, {}, m_steps, m_rateTensor,
            m_options.beta1, m_options.beta2, m_options.weightDecay, m_options.epsilon, false, false, std::nullopt,
            skip);
        // The kernel leaves out a skipped update, but not the count of it.
        const std::vector<torch::Tensor> skips(m_steps.size(), skip);
        at::_foreach_sub_(m_steps, skips);
    }

    void stepByTensors(const std::vector<torch::Tensor>& gradients, const torch::Tensor& skip)
    {
        const torch::ScalarType type = gradients.front().scalar_type();
        const torch::Tensor go = (1 - skip).to(torch::kDouble);
        std::vector<torch::Tensor> directions = withoutBad(gradients, skip);
        if (m_options.weightDecay > 0)
            at::_foreach_add_(directions, m_parameters.tensors, m_options.weightDecay);
        at::_foreach_add_(m_steps, go.to(m_steps.front().scalar_type()));
        const torch::Tensor steps = m_steps.front().to(torch::kDouble).clamp_min(1); // 0: the first was left out

        const torch::Tensor firstShare = go * (1 - m_options.beta1);
        const torch::Tensor secondShare = go * (1 - m_beta2);
        std::vector<torch::Tensor> squares = at::_foreach_mul(directions, directions);
        at::_foreach_mul_(squares, secondShare.to(type));
        at::_foreach_mul_(m_secondMoments, (1 - secondShare).to(type));
        at::_foreach_add_(m_secondMoments, squares);
        at::_foreach_mul_(directions, firstShare.to(type));
        at::_foreach_mul_(m_firstMoments, (1 - firstShare).to(type));
        at::_foreach_add_(m_firstMoments, directions);

        std::vector<torch::Tensor> divisors = at::_foreach_sqrt(m_secondMoments);
        at::_foreach_div_(divisors, at::sqrt(1 - at::pow(m_beta2, steps)).to(type));
        at::_foreach_add_(divisors, m_options.epsilon);
        std::vector<torch::Tensor> updates = at::_foreach_div(m_firstMoments, divisors);
        at::_foreach_mul_(updates, (m_rateTensor / (1 - at::pow(m_options.beta1, steps)) * go).to(type));
        at::_foreach_sub_(m_parameters.tensors, updates);
    }

    AdamOptions m_options;
    std::vector<torch::Tensor> m_firstMoments;
    std::vector<torch::Tensor> m_secondMoments;
    std::vector<torch::Tensor> m_steps;
    torch::Tensor m_beta2; ///< float64, as the options have it
    bool m_beta2Moves = false;
};

struct RmspropOptions : OptimiserOptions {
    double alpha = 0.99;
    double epsilon = 1e-8;
    bool epsilonInside = false;
};

/// RMSProp, Hinton 2012, as PyTorch writes it: v ← αv + (1-α)g², w ← w - η g / (√v + ε). Other frameworks take α = 0.9
/// and put ε under the root: w ← w - η g / √(v + ε).
class Rmsprop : public Optimiser {
public:
    Rmsprop(const RmspropOptions& options, const ParameterSet& parameters)
        : Optimiser(parameters)
        , m_options(options)
        , m_squares(addState("square_avg"))
    {
        setRate(options.learningRate);
    }

    void step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& skip) override
    {
        const torch::NoGradGuard guard;
        // A skipped update keeps the old squares whole.
        const torch::Tensor bad = skip.to(gradients.front().scalar_type());
        const std::vector<torch::Tensor> clean = withoutBad(gradients, skip);
        const torch::Tensor keep = m_options.alpha * (1 - bad) + bad;
        at::_foreach_mul_(m_squares, keep);
        at::_foreach_addcmul_(m_squares, clean, clean, 1 - m_options.alpha);
        std::vector<torch::Tensor> divisors;
        if (m_options.epsilonInside) {
            divisors = at::_foreach_add(m_squares, m_options.epsilon);
            at::_foreach_sqrt_(divisors);
        } else {
            divisors = at::_foreach_sqrt(m_squares);
            at::_foreach_add_(divisors, m_options.epsilon);
        }
        std::vector<torch::Tensor> updates = at::_foreach_div(clean, divisors);
        at::_foreach_mul_(updates, m_rateTensor);
        at::_foreach_sub_(m_parameters.tensors, updates);
    }

    bool set(const std::string& key, double value) override
    {
        if (key == "alpha")
            m_options.alpha = value;
        else if (key == "epsilon")
            m_options.epsilon = value;
        else
            return false;
        return true;
    }

private:
    RmspropOptions m_options;
    std::vector<torch::Tensor> m_squares;
};

struct SgdOptions : OptimiserOptions {
    double momentum = 0;
    double weightDecay = 0;
};

/// Gradient descent with momentum as PyTorch writes it: b ← μb + g, w ← w - η b, where g includes the decay λw.
class Sgd : public Optimiser {
public:
    Sgd(const SgdOptions& options, const ParameterSet& parameters)
        : Optimiser(parameters)
        , m_options(options)
        , m_velocities(addState("momentum"))
    {
        setRate(options.learningRate);
    }

    void step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& skip) override
    {
        const torch::NoGradGuard guard;
        std::vector<torch::Tensor> directions = withoutBad(gradients, skip);
        if (m_options.weightDecay > 0)
            at::_foreach_add_(directions, m_parameters.tensors, m_options.weightDecay);
        const torch::Tensor go = 1 - skip.to(gradients.front().scalar_type());
        if (m_options.momentum > 0) {
            at::_foreach_mul_(m_velocities, m_options.momentum * go + (1 - go));
            at::_foreach_mul_(directions, go);
            at::_foreach_add_(m_velocities, directions);
            directions = at::_foreach_mul(m_velocities, m_rateTensor * go);
        } else {
            at::_foreach_mul_(directions, m_rateTensor * go);
        }
        at::_foreach_sub_(m_parameters.tensors, directions);
    }

    bool set(const std::string& key, double value) override
    {
        if (key == "momentum")
            m_options.momentum = value;
        else if (key == "weight_decay")
            m_options.weightDecay = value;
        else
            return false;
        return true;
    }

private:
    SgdOptions m_options;
    std::vector<torch::Tensor> m_velocities;
};

} // namespace

Optimiser::Optimiser(const ParameterSet& parameters)
    : m_parameters(parameters)
    , m_rateTensor(torch::zeros({}, parameters.tensors.front().options().requires_grad(false)))
{
}

void Optimiser::setRate(double rate)
{
    if (rate == m_rate)
        return;
    m_rate = rate;
    m_rateTensor.fill_(rate);
}

std::vector<torch::Tensor> Optimiser::addState(const std::string& name)
{
    const torch::NoGradGuard guard;
    std::vector<torch::Tensor> tensors;
    for (std::size_t i = 0; i < m_parameters.tensors.size(); ++i) {
        tensors.push_back(torch::zeros_like(m_parameters.tensors[i]));
        m_state.push_back({name + "/" + m_parameters.names[i], tensors.back()});
    }
    return tensors;
}

OptimiserInfo adamOptimiser()
{
    using O = AdamOptions;
    return OptimiserDescriber<O>("adam", "Adam")
        .help("Steps scaled by running means of the gradient and of its square")
        .source("Kingma & Ba 2015, arXiv:1412.6980")
        .parameter("learning_rate", &O::learningRate, rateTraits())
        .parameter("beta1", &O::beta1,
            {.label = "β₁", .help = "Memory of the gradient's mean", .min = 0, .max = 0.9999, .applies = Applies::Live})
        .parameter("beta2", &O::beta2,
            {.label = "β₂",
                .help = "Memory of the squared gradient's mean",
                .min = 0,
                .max = 0.999999,
                .applies = Applies::Live})
        .parameter("epsilon", &O::epsilon,
            {.label = "ε",
                .help = "Added to the root of the squared gradient's mean",
                .min = 1e-16,
                .max = 1,
                .scale = Scale::Log,
                .applies = Applies::Live})
        .parameter("weight_decay", &O::weightDecay, decayTraits())
        .build<Adam>();
}

OptimiserInfo rmspropOptimiser()
{
    using O = RmspropOptions;
    return OptimiserDescriber<O>("rmsprop", "RMSProp")
        .help("Steps scaled by a running mean of the squared gradient")
        .source("Hinton 2012, lecture 6e; α and ε as PyTorch has them")
        .parameter("learning_rate", &O::learningRate, rateTraits())
        .parameter("alpha", &O::alpha,
            {.label = "α",
                .help = "Memory of the squared gradient's mean",
                .min = 0,
                .max = 0.999999,
                .applies = Applies::Live})
        .parameter("epsilon", &O::epsilon,
            {.label = "ε",
                .help = "Added to the root of the mean",
                .min = 1e-16,
                .max = 1,
                .scale = Scale::Log,
                .applies = Applies::Live})
        .parameter("epsilon_inside", &O::epsilonInside,
            {.label = "ε under the root", .help = "As other frameworks have it; PyTorch adds it to the root"})
        .build<Rmsprop>();
}

OptimiserInfo sgdOptimiser()
{
    using O = SgdOptions;
    return OptimiserDescriber<O>("sgd", "SGD")
        .help("Plain gradient descent, with momentum")
        .source("Robbins & Monro 1951; momentum as PyTorch has it")
        .parameter("learning_rate", &O::learningRate, rateTraits())
        .parameter("momentum", &O::momentum,
            {.label = "Momentum μ",
                .help = "Memory of earlier gradients",
                .min = 0,
                .max = 0.9999,
                .applies = Applies::Live})
        .parameter("weight_decay", &O::weightDecay, decayTraits())
        .build<Sgd>();
}

} // namespace saddle
