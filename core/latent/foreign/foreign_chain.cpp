// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_chain.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

using ModuleKind = ForeignModule::Kind;
using StepKind = ForeignStep::Kind;

bool isSquare(std::int64_t number)
{
    const auto root = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(number))));
    return root * root == number;
}

Error doNotFollow(const std::string& takes, std::int64_t taken, const std::string& gives, std::int64_t given)
{
    return {"the layers do not follow one another in the order of the file: " + takes + " takes " + grouped(taken)
            + ", but " + gives + " before it gives " + grouped(given),
        "", "export this generator as TorchScript or ONNX: only layers in a row can be read from a state dict"};
}

class ChainBuilder {
public:
    explicit ChainBuilder(const std::vector<ForeignModule>& modules)
        : m_modules(modules)
    {
    }

    Result<ForeignChain> build()
    {
        for (m_at = 0; m_at < m_modules.size(); ++m_at) {
            const ForeignModule& module = m_modules[m_at];
            Status added;
            switch (module.kind) {
            case ModuleKind::Linear:
                added = addLinear(module);
                break;
            case ModuleKind::Spatial:
                added = addSpatial(module);
                break;
            case ModuleKind::Norm:
                added = addNorm(module);
                break;
            case ModuleKind::Embedding:
                if (m_chain.embedding || !m_chain.steps.empty())
                    return Error{module.shownWeight() + " is a table of numbers by class that is not beside the latent",
                        "", "export this generator as TorchScript or ONNX"};
                m_chain.embedding = &module;
                break;
            case ModuleKind::Unknown:
                m_chain.unused.push_back(&module);
                break;
            }
            if (!added)
                return added.error();
        }
        m_chain.output = m_width;
        m_chain.endsAsMap = m_map;
        settleActivations();
        return std::move(m_chain);
    }

private:
    bool first() const { return m_chain.steps.empty(); }
    std::string before() const { return first() ? "what comes" : m_chain.steps.back().lastModule().shownWeight(); }

    void push(ForeignStep step)
    {
        if (!first())
            step.gap = gapBetween(m_chain.steps.back().lastModule(), *step.module);
        m_width = step.out;
        m_chain.steps.push_back(step);
    }

    Status addLinear(const ForeignModule& module)
    {
        if (first())
            m_chain.input = module.size(1);
        else if (m_map || m_width != module.size(1))
            return doNotFollow(module.shownWeight(), module.size(1), before(), m_width);
        push({.kind = StepKind::Linear, .module = &module, .out = module.size(0)});
        return {};
    }

    /// Channels that a convolution gives, where its bias or the norm behind it says so.
    std::int64_t knownOut(const ForeignModule& module) const
    {
        if (module.has("bias"))
            return module.shape("bias")[0];
        const bool norm = m_at + 1 < m_modules.size() && m_modules[m_at + 1].kind == ModuleKind::Norm;
        return norm ? m_modules[m_at + 1].channels() : 0;
    }

    /// Whether a weight that could be either is transposed: kernels of even size enlarge, and neighbours are alike.
    bool likelyTransposed(const ForeignModule& module) const
    {
        if (module.size(2) % 2 == 0)
            return true;
        const auto count = [this](StepKind kind) {
            return std::count_if(m_chain.steps.begin(), m_chain.steps.end(),
                [kind](const ForeignStep& step) { return step.kind == kind; });
        };
        return count(StepKind::Transposed) > count(StepKind::Conv);
    }

    Status addSpatial(const ForeignModule& module)
    {
        const std::int64_t a = module.size(0);
        const std::int64_t b = module.size(1);
        const std::int64_t known = knownOut(module);
        // What fits neither, or both, tells nothing.
        const bool mayBeConv = known != b || a == b;
        const bool mayBeTransposed = known != a || a == b;
        ForeignStep step{.module = &module};
        if (first()) {
            m_chain.startsAsMap = true;
            m_map = true;
            step.kind = !mayBeTransposed || module.size(2) == 1 ? StepKind::Conv : StepKind::Transposed;
            m_chain.input = step.kind == StepKind::Conv ? b : a;
            step.out = step.kind == StepKind::Conv ? a : b;
            push(step);
            return {};
        }
        // What it can take is held against what there is: as it is, or as a map of a list of numbers.
        const auto takes = [this](std::int64_t channels) {
            return m_map ? m_width == channels : m_width % channels == 0 && isSquare(m_width / channels);
        };
        const bool conv = mayBeConv && takes(b);
        const bool transposed = mayBeTransposed && takes(a);
        if (conv || transposed) {
            step.kind = transposed && (!conv || likelyTransposed(module)) ? StepKind::Transposed : StepKind::Conv;
        } else if (m_map && mayBeConv && m_width == 4 * b) {
            step.kind = StepKind::Conv;
            step.shuffle = 2;
        } else if (m_map && mayBeConv && m_width % b == 0 && a % (m_width / b) == 0) {
            step.kind = StepKind::Conv;
            step.groups = m_width / b;
        } else if (!m_map && mayBeConv != mayBeTransposed && m_width % (mayBeConv ? b : a) == 0) {
            step.kind = mayBeConv ? StepKind::Conv : StepKind::Transposed; // a map that is not square
        } else {
            return doNotFollow(module.shownWeight(), mayBeTransposed && !mayBeConv ? a : b, before(), m_width);
        }
        if (!m_map)
            reshape(step, step.kind == StepKind::Conv ? b : a);
        step.out = step.kind == StepKind::Conv ? a : b;
        push(step);
        return {};
    }

    void reshape(ForeignStep& step, std::int64_t channels)
    {
        step.reshapeTo = channels;
        m_chain.reshaped = m_width;
        m_map = true;
    }

    Status addNorm(const ForeignModule& module)
    {
        const std::int64_t channels = module.channels();
        if (first())
            return Error{module.shownWeight() + " is a norm before any other layer", "",
                "export this generator as TorchScript or ONNX"};
        ForeignStep& last = m_chain.steps.back();
        if (m_width == channels && !last.norm && last.kind != StepKind::Norm) {
            last.norm = &module;
            last.activationFirst = gapBetween(*last.module, module).value_or(0) > 0;
            return {};
        }
        ForeignStep step{.kind = StepKind::Norm, .module = &module, .out = channels};
        if (!m_map && m_width % channels == 0 && m_width > channels)
            reshape(step, channels);
        else if (m_map && m_width == 4 * channels)
            step.shuffle = 2;
        else if (m_width != channels)
            return doNotFollow(module.shownWeight(), channels, before(), m_width);
        push(step);
        return {};
    }

    /// Where numbers in names leave no room for an activation, there is none. Between a weight and a norm that stands
    /// by itself there usually is none either.
    void settleActivations()
    {
        for (std::size_t i = 0; i + 1 < m_chain.steps.size(); ++i) {
            const ForeignStep& next = m_chain.steps[i + 1];
            ForeignStep& step = m_chain.steps[i];
            const bool beforeNorm = next.kind == StepKind::Norm && !next.gap && step.kind != StepKind::Norm;
            step.activation = !beforeNorm && next.gap.value_or(1) > 0;
            // One behind the norm as well is seldom: the numbers then tell of something else, dropout for one.
            step.activation = step.activation || step.activationFirst;
        }
    }

    const std::vector<ForeignModule>& m_modules;
    std::size_t m_at = 0;
    ForeignChain m_chain;
    std::int64_t m_width = 0; ///< numbers or channels so far
    bool m_map = false;
};

} // namespace

Result<ForeignChain> chainOf(const std::vector<ForeignModule>& modules)
{
    return ChainBuilder(modules).build();
}

} // namespace saddle
