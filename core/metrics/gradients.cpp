// SPDX-License-Identifier: GPL-3.0-or-later
// Gradients that vanish or explode, by the order of magnitude of their norms (Pascanu, Mikolov & Bengio 2013,
// arXiv:1211.5063). A norm has no scale of its own: it is held against the run's own past.
#include "core/metrics/figures.h"
#include "core/metrics/watch.h"

#include "core/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace saddle {

namespace {

/// Norms of single batches scatter by a power of ten: what counts is the middle of so many in a row ...
constexpr std::size_t shortWhile = 20;
/// ... or of so many: one that fades may come back, and where D has won, that is noticed first.
constexpr std::size_t longWhile = 300;
/// Powers of ten. In healthy runs norms drift by one or two over a run.
constexpr double far = 3;
/// The past is kept as medians of blocks of rows.
constexpr std::size_t block = 50;
constexpr std::size_t mostBlocks = 256;
/// Where the first gradient is smaller than this, it comes from layers that start at 0: no measure for those to come.
constexpr double leastStart = -1;
/// A gradient of exactly 0, as a power of ten.
constexpr double nothing = -40;

class GradientWatch : public Watch {
public:
    GradientWatch(const EngineInfo& info, const ColumnInfo& column)
        : m_column(info, column.key)
        , m_key(column.key)
        , m_role(column.role)
    {
    }

    void observe(const MetricRow& row, const Json&) override
    {
        const double norm = m_column.of(row);
        if (!std::isfinite(norm) || norm < 0)
            return;
        const double power = norm > 0 ? std::max(std::log10(norm), nothing) : nothing;
        if (m_recent.empty())
            m_start = std::max(power, leastStart);
        m_recent.emplace_back(row.step, power);
        if (m_recent.size() <= longWhile)
            return;
        // What is no longer recent is past.
        m_block.push_back(m_recent.front().second);
        m_recent.pop_front();
        if (m_block.size() < m_blockRows)
            return;
        m_past.push_back(median(std::exchange(m_block, {})));
        if (m_past.size() < mostBlocks)
            return;
        // Over a long run every other block will do.
        std::vector<double> thinned;
        thinned.reserve(mostBlocks);
        for (std::size_t i = 0; i < m_past.size(); i += 2)
            thinned.push_back(m_past[i]);
        m_past = std::move(thinned);
        m_blockRows *= 2;
    }

    std::optional<Symptom> look() override
    {
        if (m_recent.size() < 2 * shortWhile)
            return std::nullopt;
        const std::vector<double> lately = last(shortWhile);
        const double now = median(lately);
        const double before = m_past.empty() ? m_start : std::max(quantile(m_past, 0.75), m_start);
        if (now > before + far && *std::min_element(lately.begin(), lately.end()) > before + far - 1)
            return symptom(Symptom::Kind::ExplodingGradient, before, now, shortWhile);
        if (m_recent.size() < longWhile)
            return std::nullopt;
        const std::vector<double> long_ = last(longWhile);
        const double faded = median(long_);
        const double usual = m_past.empty() ? m_start : median(m_past);
        // One that only fell back from a height, or never was larger, has not vanished.
        const bool vanished = faded < usual - far && faded < m_start - 1
            && *std::max_element(long_.begin(), long_.end()) < usual - far + 1;
        if (vanished || faded <= nothing)
            return symptom(Symptom::Kind::VanishingGradient, usual, faded, longWhile);
        return std::nullopt;
    }

    int lookEvery() const override { return 16; }

private:
    std::vector<double> last(std::size_t count) const
    {
        std::vector<double> powers;
        powers.reserve(count);
        for (std::size_t i = m_recent.size() - count; i < m_recent.size(); ++i)
            powers.push_back(m_recent[i].second);
        return powers;
    }

    static double quantile(std::vector<double> values, double share)
    {
        const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
        std::nth_element(values.begin(), at, values.end());
        return *at;
    }

    Symptom symptom(Symptom::Kind kind, double before, double now, std::size_t rows) const
    {
        Symptom symptom{kind, m_role, {}, {m_key, m_role == "generator" ? "g_loss" : "d_loss"},
            m_recent[m_recent.size() - rows].first, m_recent.back().first};
        if (m_role != "generator" && m_role != "discriminator")
            symptom.columns.pop_back();
        const std::string whose = initial(m_role) + "'s gradient";
        const std::string now_ = now <= nothing ? "0" : figure(std::pow(10, now));
        symptom.text = (kind == Symptom::Kind::ExplodingGradient ? whose + " has exploded: its norm is "
                                                                 : whose + " has vanished: its norm is ")
            + now_ + " since " + stepText(symptom.from);
        if (before > nothing)
            symptom.text += ", after " + figure(std::pow(10, before)) + " before";
        symptom.text +=
            kind == Symptom::Kind::ExplodingGradient ? "." : ", so that " + initial(m_role) + " learns nothing.";
        return symptom;
    }

    Column m_column;
    std::string m_key;
    std::string m_role;
    std::deque<std::pair<std::int64_t, double>> m_recent; ///< steps and powers of ten, at most longWhile
    std::vector<double> m_block;
    std::vector<double> m_past; ///< medians of blocks, all from before m_recent
    std::size_t m_blockRows = block;
    double m_start = leastStart;
};

} // namespace

void watchGradients(Watches& watches, const EngineInfo& info)
{
    for (const ColumnInfo& column : info.columns) {
        if (column.group == "gradient")
            watches.push_back(std::make_unique<GradientWatch>(info, column));
    }
}

} // namespace saddle
