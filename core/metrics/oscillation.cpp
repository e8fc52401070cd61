// SPDX-License-Identifier: GPL-3.0-or-later
// Losses that swing to and fro with a beat of their own, as where D and G chase each other around their equilibrium
// instead of nearing it (Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406; Gidel et al. 2019, arXiv:1807.04740).
#include "core/metrics/figures.h"
#include "core/metrics/watch.h"

#include "core/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace saddle {

namespace {

constexpr std::int64_t warmUp = 200;
/// Rows looked at together, and between two looks.
constexpr std::size_t window = 512;
constexpr int lookInterval = 128;
/// A beat must come back four times in the window, and be slower than the scatter from batch to batch.
constexpr std::size_t longest = window / 4;
constexpr std::size_t shortest = 8;
constexpr std::size_t smoothing = 5;
/// The correlation of a curve with itself half a period and a period later: ±1 for a pure swing. Noise of this length
/// reaches 0.2, and drifts do not come back.
constexpr double beat = 0.5;
/// Swings that grow by so much from one half of the window to the other are not dying out ...
constexpr double growth = 1.2;
/// ... and matter where they reach this share of the loss's own level.
constexpr double noticeable = 0.1;
/// Looks in a row.
constexpr int lasting = 2;
/// Single batches far outside, in deviations by the median, are cut off: they are no swing.
constexpr double outlier = 4;

double mean(const std::vector<double>& values, std::size_t from, std::size_t to)
{
    double sum = 0;
    for (std::size_t i = from; i < to; ++i)
        sum += values[i];
    return sum / static_cast<double>(to - from);
}

double deviation(const std::vector<double>& values, std::size_t from, std::size_t to)
{
    double sum = 0;
    for (std::size_t i = from; i < to; ++i)
        sum += values[i] * values[i];
    return std::sqrt(sum / static_cast<double>(to - from));
}

void cutOutliers(std::vector<double>& values)
{
    const double middle = median(values);
    std::vector<double> distances;
    distances.reserve(values.size());
    for (const double value : values)
        distances.push_back(std::abs(value - middle));
    const double reach = outlier * 1.4826 * median(std::move(distances));
    for (double& value : values)
        value = std::clamp(value, middle - reach, middle + reach);
}

std::vector<double> smoothed(const std::vector<double>& values)
{
    std::vector<double> means;
    means.reserve(values.size());
    for (std::size_t i = 0; i + smoothing <= values.size(); ++i)
        means.push_back(mean(values, i, i + smoothing));
    return means;
}

/// Takes the straight line of least squares away.
void detrend(std::vector<double>& values)
{
    const auto n = static_cast<double>(values.size());
    const double level = mean(values, 0, values.size());
    double slope = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
        slope += (static_cast<double>(i) - (n - 1) / 2) * values[i];
    slope /= n * (n * n - 1) / 12;
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] -= level + slope * (static_cast<double>(i) - (n - 1) / 2);
}

/// Correlation with itself, `lag` rows later.
double correlation(const std::vector<double>& values, std::size_t lag)
{
    double product = 0;
    double first = 0;
    double second = 0;
    for (std::size_t i = 0; i + lag < values.size(); ++i) {
        product += values[i] * values[i + lag];
        first += values[i] * values[i];
        second += values[i + lag] * values[i + lag];
    }
    return first > 0 && second > 0 ? product / std::sqrt(first * second) : 0;
}

/// Rows after which the curve comes back, or 0.
std::size_t period(const std::vector<double>& values)
{
    std::vector<double> correlations(longest + 1);
    for (std::size_t lag = 1; lag <= longest; ++lag)
        correlations[lag] = correlation(values, lag);
    const auto end = correlations.end();
    const auto half = std::min_element(correlations.begin() + 1, end);
    if (*half > -beat)
        return 0;
    const auto whole = std::max_element(half, end);
    const auto lag = static_cast<std::size_t>(whole - correlations.begin());
    return *whole >= beat && lag >= shortest ? lag : 0;
}

class OscillationWatch : public Watch {
public:
    OscillationWatch(const EngineInfo& info, const ColumnInfo& column)
        : m_column(info, column.key)
        , m_key(column.key)
        , m_label(column.label)
        , m_role(column.role)
    {
    }

    void observe(const MetricRow& row, const Json&) override
    {
        const double value = m_column.of(row);
        if (!std::isfinite(value) || ++m_rows <= warmUp)
            return;
        m_values.emplace_back(row.step, value);
        if (m_values.size() > window)
            m_values.pop_front();
    }

    std::optional<Symptom> look() override
    {
        if (m_values.size() < window)
            return std::nullopt;
        std::vector<double> values;
        values.reserve(window);
        for (const auto& [step, value] : m_values)
            values.push_back(value);
        const double level = std::abs(median(values));
        cutOutliers(values);
        values = smoothed(values);
        detrend(values);
        const std::size_t lag = period(values);
        const std::size_t half = values.size() / 2;
        // From deviations to the height of a sine's swing, valley to peak.
        const double toSwing = 2 * std::sqrt(2.0);
        const double before = toSwing * deviation(values, 0, half);
        const double now = toSwing * deviation(values, half, values.size());
        const bool swings = lag > 0 && now >= growth * before && now >= noticeable * level;
        m_swinging = swings ? m_swinging + 1 : 0;
        if (m_swinging < lasting)
            return std::nullopt;
        Symptom symptom{Symptom::Kind::Oscillation, m_role, {}, {"d_loss", "g_loss"}, m_values.front().first,
            m_values.back().first};
        symptom.text = m_label + " swings every " + grouped(static_cast<std::int64_t>(lag))
            + " steps or so, and ever wider: by " + figure(before) + " after " + stepText(symptom.from) + ", by "
            + figure(now) + " now, around a level of " + figure(level) + ".";
        return symptom;
    }

    int lookEvery() const override { return lookInterval; }

private:
    Column m_column;
    std::string m_key;
    std::string m_label;
    std::string m_role;
    std::deque<std::pair<std::int64_t, double>> m_values;
    std::int64_t m_rows = 0;
    int m_swinging = 0;
};

} // namespace

void watchOscillation(Watches& watches, const EngineInfo& info)
{
    for (const ColumnInfo& column : info.columns) {
        if (column.group == "loss")
            watches.push_back(std::make_unique<OscillationWatch>(info, column));
    }
}

} // namespace saddle
