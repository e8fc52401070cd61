// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/params/describe.h"
#include "core/regularisers/regulariser.h"

namespace saddle {

/// What every regulariser's options have.
struct RegulariserOptions {
    bool enabled = false;
};

/// The factor before a penalty.
inline ParameterTraits penaltyWeightTraits(std::string label)
{
    return {
        .label = std::move(label), .help = "Factor before the penalty", .min = 0, .max = 1e6, .applies = Applies::Live};
}

/// The ε under the root of a slope.
inline ParameterTraits slopeEpsilonTraits()
{
    return {.label = "ε",
        .help = "Added to the squared slope under the root, which has no derivative at 0",
        .min = 1e-16,
        .max = 1,
        .scale = Scale::Log};
}

/// What a regulariser says of itself. Its switch is declared here, and its own parameters show while it is on.
template <typename Options>
class RegulariserDescriber : public Description<RegulariserDescriber<Options>, RegulariserInfo, Options> {
public:
    using Base = Description<RegulariserDescriber<Options>, RegulariserInfo, Options>;

    RegulariserDescriber(const std::string& kind, const std::string& label, const std::string& help)
        : Base(kind, label)
    {
        this->m_info.help = help;
        Base::parameter("enabled", &RegulariserOptions::enabled, {.label = "On", .help = help});
    }

    template <typename Member, typename Owner>
    RegulariserDescriber& parameter(const std::string& key, Member Owner::*member, ParameterTraits traits)
    {
        if (traits.visibleWhen.key.empty())
            traits.visibleWhen = {"enabled", {"true"}};
        Base::parameter(key, member, std::move(traits));
        return *this;
    }
    RegulariserDescriber& asks(Asks asks)
    {
        this->m_info.asks = asks;
        return *this;
    }
    RegulariserDescriber& comparesSamples()
    {
        this->m_info.comparesSamples = true;
        return *this;
    }
    RegulariserDescriber& boundsSlope()
    {
        this->m_info.boundsSlope = true;
        return *this;
    }
    /// It reports its weighted contribution under its own name; the label is that of the curve.
    RegulariserDescriber& reports(const std::string& label, const std::string& role)
    {
        this->m_info.columns = {{this->m_info.kind, label, "penalty", role}};
        return *this;
    }

    template <typename Make>
    RegulariserInfo build(Make make)
    {
        this->m_info.create = [read = this->reader(), make](const Json& json,
                                  LiveValues& live) -> std::unique_ptr<Regulariser> { return make(read(json), live); };
        return this->finish();
    }
};

} // namespace saddle
