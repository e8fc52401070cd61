// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/diversity.h"
#include "core/session/engine.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// What shows that something is wrong, over a stretch of steps.
struct Symptom {
    enum class Kind {
        Collapse, ///< generated samples have become alike
        Scatter, ///< generated samples lie far outside the data
        DiscriminatorWon, ///< D is sure of every sample
        GeneratorWon, ///< a controller can hold D and G in balance no longer, for G's benefit
        VanishingGradient,
        ExplodingGradient,
        Oscillation, ///< losses swing to and fro and do not settle
        NotFinite, ///< a loss or a gradient is no number any more
    };
    Kind kind = Kind::Collapse;
    std::string role; ///< of the network it is about, or empty
    std::string text; ///< one sentence with the numbers
    std::vector<std::string> columns; ///< keys of the curves that show it
    std::int64_t from = 0; ///< steps
    std::int64_t to = 0;
};

/// "collapse": the kind in events.jsonl.
std::string kindName(Symptom::Kind kind);
std::optional<Symptom::Kind> symptomKind(const std::string& name);

/// One thing to look out for.
class Watch {
public:
    virtual ~Watch() = default;

    /// Rows in their order, cheap. `document` holds the settings in force.
    virtual void observe(const MetricRow& row, const Json& document) = 0;
    /// What is wrong as of the last row, or nothing.
    virtual std::optional<Symptom> look() = 0;
    /// How many rows lie between two looks.
    virtual int lookEvery() const = 0;
    /// Whether D is far ahead, be it too early to call it a victory: that its gradient fades then is no news.
    virtual bool seesVictory() const { return false; }
};

/// The value of a column in rows; NaN where there is none.
class Column {
public:
    Column(const EngineInfo& info, const std::string& key);
    explicit operator bool() const { return m_index != none; }
    double of(const MetricRow& row) const;

private:
    static constexpr auto none = static_cast<std::size_t>(-1);
    std::size_t m_index = none;
};

/// Each returns the watches that this engine has the columns for.
using Watches = std::vector<std::unique_ptr<Watch>>;
void watchVictory(Watches& watches, const EngineInfo& info, const ObjectiveInfo& objective);
void watchGradients(Watches& watches, const EngineInfo& info);
void watchOscillation(Watches& watches, const EngineInfo& info);

/// Falling diversity: samples come seldom, so it is fed for itself.
class CollapseWatch {
public:
    void observe(const DiversityPoint& point);
    std::optional<Symptom> look() const;

private:
    std::vector<DiversityPoint> m_recent; ///< the last few
    double m_highest = 0; ///< that diversity has been, taken over a few measurements
    std::int64_t m_highestStep = 0;
    std::int64_t m_lowSince = 0;
    int m_low = 0; ///< measurements in a row that were low
    double m_level = 0; ///< median of the last few
};

/// Diversity far above that of real samples.
class ScatterWatch {
public:
    void observe(const DiversityPoint& point);
    std::optional<Symptom> look() const;

private:
    DiversityPoint m_last;
    int m_far = 0; ///< measurements in a row that were far
    std::int64_t m_since = 0;
    double m_least = 0; ///< of them
};

} // namespace saddle
