// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/latent_document.h"

#include <QUndoStack>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr double normalReach = 4;
constexpr int changeId = 1;
constexpr float nearlyNothing = 1e-5F; // what is left of going along a direction and back

} // namespace

class LatentDocument::Change : public QUndoCommand {
public:
    Change(LatentDocument* document, const QString& what, QString gesture, State after)
        : QUndoCommand(what)
        , m_document(document)
        , m_gesture(std::move(gesture))
        , m_before(document->m_state)
        , m_after(std::move(after))
    {
    }

    int id() const override { return changeId; }
    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = static_cast<const Change*>(other);
        if (m_gesture.isEmpty() || m_gesture != next->m_gesture)
            return false;
        m_after = next->m_after;
        setObsolete(m_after == m_before);
        return true;
    }
    void undo() override { m_document->put(m_before); }
    void redo() override { m_document->put(m_after); }

private:
    LatentDocument* m_document;
    QString m_gesture;
    State m_before;
    State m_after;
};

LatentDocument::LatentDocument(QObject* parent)
    : QObject(parent)
    , m_undo(new QUndoStack(this))
{
    constexpr int mostKept = 500;
    m_undo->setUndoLimit(mostKept);
    m_head.latent.dimensions = 0;
}

void LatentDocument::reset(const GeneratorHead& head)
{
    m_head = head;
    const auto count = static_cast<std::size_t>(head.latent.dimensions);
    m_state = {};
    m_state.values.resize(count);
    m_state.drawn.resize(count);
    m_state.locked.resize(count);
    m_steps.clear();
    m_undo->clear();
    Q_EMIT wasReset();
    Q_EMIT changed();
}

bool LatentDocument::isChanged(std::int64_t dimension) const
{
    return std::abs(value(dimension) - m_state.drawn[static_cast<std::size_t>(dimension)]) > nearlyNothing;
}

Latents LatentDocument::latents() const
{
    Latents latents;
    latents.dimensions = dimensions();
    latents.values = m_state.values;
    if (!m_head.classes.empty())
        latents.labels = {m_state.label};
    return latents;
}

double LatentDocument::reach() const
{
    return m_head.latent.distribution == LatentDistribution::Uniform ? 1 : normalReach;
}

void LatentDocument::put(const State& state)
{
    m_state = state;
    Q_EMIT changed();
}

void LatentDocument::change(const QString& what, const QString& gesture, State after)
{
    if (after == m_state)
        return;
    m_undo->push(
        new Change(this, what, gesture.isEmpty() ? gesture : gesture + QString::number(m_gesture), std::move(after)));
}

void LatentDocument::endGesture()
{
    ++m_gesture;
}

void LatentDocument::setValue(std::int64_t dimension, float value)
{
    State after = m_state;
    after.values[static_cast<std::size_t>(dimension)] = value;
    change(tr("Change of z%1").arg(dimension), QStringLiteral("z%1 ").arg(dimension), std::move(after));
}

void LatentDocument::setLocked(std::int64_t dimension, bool locked)
{
    State after = m_state;
    after.locked[static_cast<std::size_t>(dimension)] = locked;
    change(locked ? tr("Lock of z%1").arg(dimension) : tr("Unlocking of z%1").arg(dimension), {}, std::move(after));
}

void LatentDocument::unlockAll()
{
    State after = m_state;
    std::fill(after.locked.begin(), after.locked.end(), false);
    change(tr("Unlocking"), {}, std::move(after));
}

void LatentDocument::resetValue(std::int64_t dimension)
{
    const auto place = static_cast<std::size_t>(dimension);
    State after = m_state;
    after.values[place] = after.drawn[place];
    change(tr("Reset of z%1").arg(dimension), {}, std::move(after));
}

void LatentDocument::resetAll()
{
    State after = m_state;
    for (std::size_t i = 0; i < after.values.size(); ++i) {
        if (!after.locked[i])
            after.values[i] = after.drawn[i];
    }
    after.offsets.clear();
    change(tr("Reset"), {}, std::move(after));
}

void LatentDocument::setLabel(std::int64_t label)
{
    State after = m_state;
    after.label = label;
    change(tr("Change of class"), {}, std::move(after));
}

void LatentDocument::setDrawn(const Latents& drawn, std::uint64_t seed)
{
    State after = m_state;
    after.drawn = drawn.values;
    after.seed = seed;
    after.offsets.clear();
    for (std::size_t i = 0; i < after.values.size(); ++i) {
        if (!after.locked[i])
            after.values[i] = drawn.values[i];
    }
    if (m_undo->count() == 0 && m_state.values == std::vector<float>(m_state.values.size())) {
        put(after); // the first one: there is nothing to go back to
        return;
    }
    change(tr("Seed %1").arg(seed), {}, std::move(after));
}

void LatentDocument::setLatents(const Latents& latents, const QString& what)
{
    State after = m_state;
    after.values = latents.values;
    after.drawn = latents.values;
    after.offsets.clear();
    if (!latents.labels.empty() && !m_head.classes.empty())
        after.label =
            std::clamp<std::int64_t>(latents.labels.front(), 0, static_cast<std::int64_t>(m_head.classes.size()) - 1);
    change(what, {}, std::move(after));
}

void LatentDocument::setMoved(const std::vector<float>& values, const QString& what, const QString& gesture)
{
    State after = m_state;
    after.values = values;
    change(what, gesture, std::move(after));
}

void LatentDocument::setDirections(std::vector<LatentStep> steps)
{
    m_steps = std::move(steps);
}

double LatentDocument::offset(std::size_t direction) const
{
    const auto found = m_state.offsets.find(m_steps[direction].id);
    return found == m_state.offsets.end() ? 0 : found->second;
}

void LatentDocument::goAlong(State& state, const LatentStep& step, double offset) const
{
    const auto found = state.offsets.find(step.id);
    const double way = offset - (found == state.offsets.end() ? 0 : found->second);
    if (offset == 0)
        state.offsets.erase(step.id);
    else
        state.offsets[step.id] = offset;
    for (std::size_t i = 0; i < state.values.size(); ++i) {
        if (!state.locked[i])
            state.values[i] += static_cast<float>(way * static_cast<double>(step.values[i]));
    }
}

void LatentDocument::setOffset(std::size_t direction, double offset)
{
    State after = m_state;
    goAlong(after, m_steps[direction], offset);
    change(tr("Change along a direction"), QStringLiteral("d%1 ").arg(m_steps[direction].id), std::move(after));
}

void LatentDocument::resetOffsets()
{
    State after = m_state;
    for (const LatentStep& step : m_steps)
        goAlong(after, step, 0);
    change(tr("Reset of directions"), {}, std::move(after));
}

} // namespace saddle
