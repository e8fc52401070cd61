// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/models/parameter_set.h"
#include "core/params/describe.h"
#include "core/runs/catalog.h"

#include <torch/types.h>

#include <string>
#include <vector>

namespace saddle {

/// What every optimiser has. A change of these keeps its state.
struct OptimiserOptions {
    double learningRate = 2e-4;
};

/// Updates one network's parameters from gradients, all in one call. A skip flag on the device takes the place of a
/// host's decision, so that nothing waits for the device.
class Optimiser {
public:
    virtual ~Optimiser() = default;

    /// One update. `skip` is 0-dimensional float32: 1 leaves parameters and state as they are.
    virtual void step(const std::vector<torch::Tensor>& gradients, const torch::Tensor& skip) = 0;

    /// A live option by its key; false if there is none of that name.
    virtual bool set(const std::string& key, double value) = 0;

    /// Whether β₂ is another number in each update, which Adam then has in a tensor, so that an update that a device
    /// repeats by itself has the new one. Its sums are rounded in another way then.
    virtual void setBeta2Moves(bool /*moves*/) { }

    /// The rate in force, by schedule.
    void setRate(double rate);
    double rate() const { return m_rate; }

    /// State tensors by name ("exp_avg/3.weight"), to be saved and written into.
    const std::vector<NamedTensor>& state() const { return m_state; }

protected:
    explicit Optimiser(const ParameterSet& parameters);

    /// One zero tensor a parameter, in its memory format.
    std::vector<torch::Tensor> addState(const std::string& name);

    ParameterSet m_parameters;
    torch::Tensor m_rateTensor;
    std::vector<NamedTensor> m_state;

private:
    double m_rate = 0;
};

OptimiserInfo adamOptimiser();
OptimiserInfo rmspropOptimiser();
OptimiserInfo sgdOptimiser();

} // namespace saddle
