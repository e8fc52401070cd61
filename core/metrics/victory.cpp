// SPDX-License-Identifier: GPL-3.0-or-later
// A discriminator that has won, by what its objective's loss means; and a controller that holds the two no longer.
#include "core/metrics/figures.h"
#include "core/metrics/watch.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>

namespace saddle {

namespace {

/// D wins the first steps of most runs, before G draws anything; these tell nothing.
constexpr std::int64_t warmUp = 100;
/// It may stay ahead for long before G catches up, as with DRAGAN's small rates for a thousand steps: told from here
/// on.
constexpr std::int64_t patience = 1200;
/// So many rows are looked at together, and this share of them must say the same: single batches are easy.
constexpr std::size_t window = 200;
constexpr double nearlyAll = 0.95;
/// D is sure when its loss is within this share of the best it can be. For cross entropy that is 0.028 instead of the
/// 1.39 of guessing, D right with 99 % on either side; a D loss near 0 is the sign of failure that practice names
/// (Chintala et al. 2016, "How to train a GAN", 10), and where G's gradient fades (Arjovsky & Bottou 2017,
/// arXiv:1701.04862, section 2).
constexpr double sure = 0.02;
/// A controller moves slowly and starts at an end.
constexpr std::size_t controllerWindow = 500;
constexpr std::int64_t controllerWarmUp = 1000;

/// The share of the last rows in which something held.
class Share {
public:
    explicit Share(std::size_t rows)
        : m_window(rows)
    {
    }
    void add(std::int64_t step, bool holds)
    {
        m_rows.emplace_back(step, holds);
        m_held += holds;
        if (m_rows.size() > m_window) {
            m_held -= m_rows.front().second;
            m_rows.pop_front();
        }
    }
    bool nearlyAlways() const
    {
        return m_rows.size() == m_window && static_cast<double>(m_held) >= nearlyAll * static_cast<double>(m_window);
    }
    std::int64_t from() const { return m_rows.front().first; }
    std::int64_t to() const { return m_rows.back().first; }

private:
    std::size_t m_window;
    std::deque<std::pair<std::int64_t, bool>> m_rows;
    std::size_t m_held = 0;
};

class VictoryWatch : public Watch {
public:
    VictoryWatch(const EngineInfo& info, const ObjectiveInfo& objective)
        : m_range(objective.lossRange)
        , m_loss(info, "d_loss")
        , m_real(info, "d_real")
        , m_fake(info, "d_fake")
    {
    }

    void observe(const MetricRow& row, const Json& document) override
    {
        const double loss = m_loss.of(row);
        const Json* options = findPath(document, "objective");
        if (std::isnan(loss) || !options || ++m_rows <= warmUp)
            return;
        const LossRange range = m_range(*options, m_real.of(row));
        const double bound = range.won + sure * (range.undecided - range.won);
        // With equal targets or no margin there is nothing to be won.
        m_sure.add(row.step, range.undecided > range.won && loss < bound);
        m_last = {m_real.of(row), m_fake.of(row), loss, bound, range.undecided};
    }

    std::optional<Symptom> look() override
    {
        if (!seesVictory() || m_rows < patience)
            return std::nullopt;
        Symptom symptom{Symptom::Kind::DiscriminatorWon, "discriminator", {},
            {"d_loss", "d_real", "d_fake", "g_loss", "g_grad_norm"}, m_sure.from(), m_sure.to()};
        symptom.text = "D has won: since " + stepText(m_sure.from()) + " its loss has been below "
            + figure(m_last.bound) + " (guessing costs " + figure(m_last.undecided) + "), with D(real) "
            + figure(m_last.real) + " and D(fake) " + figure(m_last.fake) + " now, so that G learns little from it.";
        return symptom;
    }

    int lookEvery() const override { return 16; }

    bool seesVictory() const override { return m_sure.nearlyAlways(); }

private:
    struct Last {
        double real, fake, loss, bound, undecided;
    };
    std::function<LossRange(const Json&, double)> m_range;
    Column m_loss;
    Column m_real;
    Column m_fake;
    Share m_sure{window};
    std::int64_t m_rows = 0;
    Last m_last{};
};

/// BEGAN's k, Berthelot et al. 2017, section 3.4: at an end of its range it is not in control.
class ControllerWatch : public Watch {
public:
    ControllerWatch(const EngineInfo& info, const std::string& key)
        : m_value(info, key)
        , m_key(key)
    {
        for (const ColumnInfo& column : info.columns) {
            if (column.key == key)
                m_label = column.label;
        }
    }

    void observe(const MetricRow& row, const Json&) override
    {
        const double value = m_value.of(row);
        if (std::isnan(value))
            return;
        m_left = m_left || (value > 0 && value < 1);
        if (++m_rows <= controllerWarmUp && !m_left)
            return;
        m_low.add(row.step, value <= 0);
        m_high.add(row.step, value >= 1);
    }

    std::optional<Symptom> look() override
    {
        const bool low = m_low.nearlyAlways();
        if (!low && !m_high.nearlyAlways())
            return std::nullopt;
        const std::string since = m_label + " has been at " + (low ? "0" : "1") + " since " + stepText(m_low.from());
        Symptom symptom;
        symptom.columns = {m_key, "d_real", "d_fake"};
        symptom.from = m_low.from();
        symptom.to = m_low.to();
        if (low) {
            symptom.kind = Symptom::Kind::DiscriminatorWon;
            symptom.role = "discriminator";
            symptom.text = "D has won: " + since + ", so that D learns nothing from generated samples any more.";
        } else {
            symptom.kind = Symptom::Kind::GeneratorWon;
            symptom.role = "generator";
            symptom.text = "D and G are out of balance: " + since
                + ", the most it can weigh generated samples, and D still rebuilds them too well.";
        }
        return symptom;
    }

    int lookEvery() const override { return 32; }

private:
    Column m_value;
    std::string m_key;
    std::string m_label;
    Share m_low{controllerWindow};
    Share m_high{controllerWindow};
    bool m_left = false; ///< the end it started from
    std::int64_t m_rows = 0;
};

} // namespace

void watchVictory(Watches& watches, const EngineInfo& info, const ObjectiveInfo& objective)
{
    if (objective.lossRange && Column(info, "d_loss"))
        watches.push_back(std::make_unique<VictoryWatch>(info, objective));
    if (!objective.controller.empty() && Column(info, objective.controller))
        watches.push_back(std::make_unique<ControllerWatch>(info, objective.controller));
}

} // namespace saddle
