// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/objectives/objective.h"
#include "core/params/describe.h"

namespace saddle {

/// What an objective says of itself.
template <typename Options>
class ObjectiveDescriber : public Description<ObjectiveDescriber<Options>, ObjectiveInfo, Options> {
public:
    using Description<ObjectiveDescriber<Options>, ObjectiveInfo, Options>::Description;

    ObjectiveDescriber& formulas(std::string discriminator, std::string generator)
    {
        this->m_info.discriminatorFormula = std::move(discriminator);
        this->m_info.generatorFormula = std::move(generator);
        return *this;
    }
    ObjectiveDescriber& roles(std::vector<std::string> roles)
    {
        this->m_info.roles = std::move(roles);
        return *this;
    }
    ObjectiveDescriber& phases(std::vector<PhaseInfo> phases)
    {
        this->m_info.phases = std::move(phases);
        return *this;
    }
    ObjectiveDescriber& column(ColumnInfo column)
    {
        this->m_info.columns.push_back(std::move(column));
        return *this;
    }
    ObjectiveDescriber& critic(Critic critic)
    {
        this->m_info.critic = critic;
        return *this;
    }
    /// The critic's slope must be kept in bounds by something else.
    ObjectiveDescriber& unbounded()
    {
        this->m_info.unbounded = true;
        return *this;
    }
    /// Names the column of a figure that falls as training converges.
    ObjectiveDescriber& measure(std::string column, MeasureCourse course = MeasureCourse::Falls)
    {
        this->m_info.measure = std::move(column);
        this->m_info.measureCourse = course;
        return *this;
    }
    /// Names the ends of D's loss.
    ObjectiveDescriber& lossRange(std::function<LossRange(const Json& options, double real)> range)
    {
        this->m_info.lossRange = std::move(range);
        return *this;
    }
    /// Names the column of the value, from 0 to 1, that keeps D and G in balance.
    ObjectiveDescriber& controller(std::string column)
    {
        this->m_info.controller = std::move(column);
        return *this;
    }
    ObjectiveDescriber& check(std::function<Status(Experiment&)> check)
    {
        this->m_info.check = std::move(check);
        return *this;
    }

    template <typename Make>
    ObjectiveInfo build(Make make)
    {
        this->m_info.create = [read = this->reader(), make](const Json& json,
                                  LiveValues& live) -> std::unique_ptr<Objective> { return make(read(json), live); };
        return this->finish();
    }
};

/// The description of an objective of two networks that learn in turn.
template <typename Options>
ObjectiveDescriber<Options> describeAdversarial(std::string kind, std::string label)
{
    ObjectiveDescriber<Options> describer(std::move(kind), std::move(label));
    describer.roles({"generator", "discriminator"})
        .phases({
            {"discriminator", "D", {"discriminator"}, "d_loss", "training.discriminator_steps"},
            {"generator", "G", {"generator"}, "g_loss", "training.generator_steps"},
        })
        .column({"d_real", "D(real)", "output", "real"})
        .column({"d_fake", "D(fake)", "output", "generator"});
    return describer;
}

} // namespace saddle
