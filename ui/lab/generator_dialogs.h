// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/network/script_generator.h"

#include <QString>

#include <functional>
#include <optional>

class QWidget;

namespace saddle {

/// What a generator's file may not say of itself.
struct GeneratorFacts {
    LatentDistribution distribution = LatentDistribution::Normal;
    OutputRange range;

    bool operator==(const GeneratorFacts&) const = default;
};

/// What is asked of a person while a generator's file is opened. Tests answer by themselves.
struct GeneratorDialogs {
    /// The file is code: whether to run it.
    std::function<bool(QWidget*, const QString& file)> trustCode;
    /// What the file does not say; nothing when the person thought better of it.
    std::function<std::optional<ScriptHints>(QWidget*, const QString& file, const QString& why)> askHints;
    std::function<std::optional<GeneratorFacts>(QWidget*, const GeneratorFacts& taken)> askFacts;
};
GeneratorDialogs systemGeneratorDialogs();

} // namespace saddle
