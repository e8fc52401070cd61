// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

#include <QObject>
#include <QString>

#include <map>
#include <vector>

class QUndoStack;

namespace saddle {

/// What one unit of the way along a direction adds to a latent. The id tells it from others, also when it comes anew.
struct LatentStep {
    int id = 0;
    std::vector<float> values;
};

/// The latent that is being shaped: its numbers, the label, where they were drawn, which are locked. Every change can
/// be undone; those of one drag are undone together.
class LatentDocument : public QObject {
    Q_OBJECT

public:
    struct State {
        std::vector<float> values;
        std::vector<float> drawn; ///< what the seed gave: where a reset leads
        std::vector<bool> locked;
        std::map<int, double> offsets; ///< how far directions were gone along, in their steps, by id; those not at 0
        std::int64_t label = 0; ///< where the generator reads labels
        std::uint64_t seed = 0; ///< with which the numbers were drawn

        bool operator==(const State&) const = default;
    };

    explicit LatentDocument(QObject* parent = nullptr);

    /// Another generator: a latent of zeros, and nothing to undo.
    void reset(const GeneratorHead& head);
    const GeneratorHead& head() const { return m_head; }
    std::int64_t dimensions() const { return m_head.latent.dimensions; }
    const State& state() const { return m_state; }
    float value(std::int64_t dimension) const { return m_state.values[static_cast<std::size_t>(dimension)]; }
    bool isLocked(std::int64_t dimension) const { return m_state.locked[static_cast<std::size_t>(dimension)]; }
    bool isChanged(std::int64_t dimension) const;
    /// The numbers and the label, as a generator takes them.
    Latents latents() const;
    /// Where the sliders end: 1 for uniform latents, 4 standard deviations for normal ones.
    double reach() const;

    void setValue(std::int64_t dimension, float value);
    void setLocked(std::int64_t dimension, bool locked);
    void unlockAll();
    /// Back to what was drawn.
    void resetValue(std::int64_t dimension);
    void resetAll();
    void setLabel(std::int64_t label);
    /// What was drawn with a seed. Locked numbers stay; others are replaced.
    void setDrawn(const Latents& drawn, std::uint64_t seed);
    /// A latent from elsewhere: pasted, a key frame, found for an image. Replaces all, locked or not.
    void setLatents(const Latents& latents, const QString& what);
    /// Other numbers, as a walk leads to; those of one gesture are undone together.
    void setMoved(const std::vector<float>& values, const QString& what, const QString& gesture);
    /// The directions that can be gone along. The latent stays; one whose id was there keeps its offset.
    void setDirections(std::vector<LatentStep> steps);
    std::size_t directionCount() const { return m_steps.size(); }
    /// How far a direction was gone along, in its steps.
    double offset(std::size_t direction) const;
    /// Goes along a direction until it is `offset` of its steps from where it began. Locked numbers stay.
    void setOffset(std::size_t direction, double offset);
    /// Goes all directions back.
    void resetOffsets();
    /// Ends a drag: what follows is undone by itself.
    void endGesture();

    QUndoStack* undoStack() const { return m_undo; }

Q_SIGNALS:
    /// Numbers, locks or label.
    void changed();
    /// Another generator.
    void wasReset();

private:
    class Change;

    /// Changes of one gesture merge into one that can be undone; an empty gesture never merges.
    void change(const QString& what, const QString& gesture, State after);
    void put(const State& state);
    void goAlong(State& state, const LatentStep& step, double offset) const;

    GeneratorHead m_head;
    State m_state;
    std::vector<LatentStep> m_steps;
    QUndoStack* m_undo;
    quint64 m_gesture = 0;
};

} // namespace saddle
