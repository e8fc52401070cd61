// SPDX-License-Identifier: GPL-3.0-or-later
// What can be done about a symptom, and how both are written into a run's events.
#include "core/base/json_values.h"
#include "core/metrics/diagnosis.h"
#include "core/metrics/figures.h"
#include "core/runs/experiment_sections.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

/// Noise of this deviation, on data from -1 to 1, makes real and generated samples overlap again (Sønderby et al. 2017,
/// arXiv:1610.04490; Arjovsky & Bottou 2017, arXiv:1701.04862, section 3).
constexpr double leastNoise = 0.1;
/// More hides the data.
constexpr double mostNoise = 0.5;

/// Evidence names a handful of curves.
constexpr std::size_t mostColumns = 64;
constexpr std::size_t mostRemedies = 16;

std::string ratePath(const std::string& role)
{
    return "optimisers." + role + ".learning_rate";
}

void goBack(std::vector<Remedy>& remedies, const Symptom& symptom, const std::vector<std::int64_t>& checkpoints)
{
    const auto after = std::lower_bound(checkpoints.begin(), checkpoints.end(), symptom.from);
    if (after != checkpoints.begin())
        remedies.push_back({"Go back to checkpoint " + grouped(*(after - 1)), {}, *(after - 1)});
}

void addNoise(std::vector<Remedy>& remedies, const Symptom& symptom, const Json& document)
{
    const Json* noise = findPath(document, "instance_noise");
    // Noise is put on what a discriminator sees.
    if (!noise || !findPath(document, "discriminator"))
        return;
    const double now = instanceNoiseSchema().read(*noise).at(symptom.to);
    if (now > mostNoise / 2)
        return;
    const double level = std::max(leastNoise, std::round(200 * now) / 100);
    remedies.push_back({"Set instance noise to σ " + figure(level),
        {{"instance_noise.level", level}, {"instance_noise.manual", true}}, {}});
}

void lowerRates(
    std::vector<Remedy>& remedies, const std::vector<std::string>& roles, const Json& document, double divisor)
{
    Remedy remedy;
    std::string whose;
    for (const std::string& role : roles) {
        const double rate = numberAt(document, ratePath(role));
        if (rate <= 0)
            continue;
        remedy.changes.push_back({ratePath(role), rate / divisor});
        whose = initial(role) + "'s learning rate";
    }
    if (remedy.changes.empty())
        return;
    if (remedy.changes.size() > 1)
        whose = "both learning rates";
    remedy.label = divisor == 2 ? "Halve " + whose : "Divide " + whose + " by " + figure(divisor);
    remedies.push_back(std::move(remedy));
}

std::vector<std::string> learners(const Json& document)
{
    std::vector<std::string> roles;
    if (const Json* optimisers = findPath(document, "optimisers"); optimisers && optimisers->is_object()) {
        for (const auto& [role, options] : optimisers->items())
            roles.push_back(role);
    }
    return roles;
}

Json remedyData(const Remedy& remedy)
{
    Json data = {{"label", remedy.label}};
    for (const Setting& change : remedy.changes)
        data["changes"][change.path] = change.value;
    if (remedy.checkpoint)
        data["checkpoint"] = *remedy.checkpoint;
    return data;
}

std::optional<Remedy> remedyFrom(const Json& data)
{
    const Json* label = findPath(data, "label");
    if (!label || !label->is_string())
        return std::nullopt;
    Remedy remedy{label->get<std::string>(), {}, {}};
    if (const Json* changes = findPath(data, "changes"); changes && changes->is_object()) {
        for (const auto& [path, value] : changes->items())
            remedy.changes.push_back({path, value});
    }
    if (const Json* step = findPath(data, "checkpoint"); step && step->is_number_integer())
        remedy.checkpoint = step->get<std::int64_t>();
    return remedy;
}

} // namespace

std::vector<Remedy> remediesFor(
    const Symptom& symptom, const Json& document, const std::vector<std::int64_t>& checkpoints)
{
    std::vector<Remedy> remedies;
    goBack(remedies, symptom, checkpoints);
    switch (symptom.kind) {
    case Symptom::Kind::Collapse:
    case Symptom::Kind::DiscriminatorWon:
        addNoise(remedies, symptom, document);
        [[fallthrough]];
    case Symptom::Kind::Scatter:
    case Symptom::Kind::GeneratorWon:
        lowerRates(remedies, {symptom.role}, document, 2);
        break;
    case Symptom::Kind::VanishingGradient:
        addNoise(remedies, symptom, document);
        break;
    case Symptom::Kind::Oscillation:
        lowerRates(remedies, learners(document), document, 2);
        break;
    case Symptom::Kind::ExplodingGradient:
    case Symptom::Kind::NotFinite:
        // Half of a rate that makes gradients a thousand times larger still does.
        lowerRates(remedies, learners(document), document, 10);
        break;
    }
    return remedies;
}

Json findingData(const Finding& finding)
{
    const Symptom& symptom = finding.symptom;
    Json data = {{"kind", kindName(symptom.kind)}, {"role", symptom.role},
        {"evidence", {{"columns", symptom.columns}, {"from", symptom.from}, {"to", symptom.to}}},
        {"remedies", Json::array()}};
    for (const Remedy& remedy : finding.remedies)
        data["remedies"].push_back(remedyData(remedy));
    return data;
}

std::optional<Finding> findingFrom(const std::string& text, const Json& data)
{
    const auto textAt = [&data](const char* path) {
        const Json* value = findPath(data, path);
        return value && value->is_string() ? value->get<std::string>() : std::string();
    };
    const auto stepAt = [&data](const char* path) {
        const Json* value = findPath(data, path);
        return value && value->is_number_integer() ? std::max<std::int64_t>(value->get<std::int64_t>(), 0) : 0;
    };
    const std::optional<Symptom::Kind> kind = symptomKind(textAt("kind"));
    if (!kind)
        return std::nullopt;
    Finding finding{{*kind, textAt("role"), text, {}, stepAt("evidence.from"), stepAt("evidence.to")}, {}};
    if (const Json* columns = findPath(data, "evidence.columns"); columns && columns->is_array()) {
        for (const Json& column : *columns) {
            if (column.is_string() && finding.symptom.columns.size() < mostColumns)
                finding.symptom.columns.push_back(column.get<std::string>());
        }
    }
    if (const Json* remedies = findPath(data, "remedies"); remedies && remedies->is_array()) {
        for (const Json& each : *remedies) {
            std::optional<Remedy> remedy = remedyFrom(each);
            if (remedy && finding.remedies.size() < mostRemedies)
                finding.remedies.push_back(*std::move(remedy));
        }
    }
    return finding;
}

} // namespace saddle
