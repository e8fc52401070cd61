// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

#include <QTimer>
#include <QWidget>

#include <vector>

class QLabel;
class QPushButton;
class QSlider;

namespace saddle {

class Lab;
class LatentDocument;
class MapPad;

/// A plane through the latent, spanned by two directions drawn at random: dragging on it walks there, over pictures of
/// what lies around. It begins where the latent is, and anew when something else changes the latent.
class MapPanel : public QWidget {
    Q_OBJECT

public:
    MapPanel(Lab* lab, LatentDocument* document, QWidget* parent = nullptr);

    /// Half a side of the plane, as a share of a latent's usual length.
    double reach() const;
    /// The latent at a place of the pad.
    std::vector<float> at(const QPointF& place) const;

public Q_SLOTS:
    /// Other directions through the latent of now.
    void turn();
    /// The plane's middle comes to the latent of now.
    void centre();

protected:
    void showEvent(QShowEvent* event) override;

private:
    void onChanged();
    void walk(const QPointF& place);
    void drawAround();
    void drawNext();

    Lab* m_lab;
    LatentDocument* m_document;
    MapPad* m_pad;
    QSlider* m_reach;
    QLabel* m_reachText;
    std::vector<float> m_middle;
    std::vector<double> m_across; ///< of length 1, at right angles to the next
    std::vector<double> m_up;
    std::uint64_t m_seed = 1;
    std::vector<float> m_walked; ///< what the last walk made of the latent
    QTimer m_pause; ///< pictures are made when the latent has come to rest
    quint64 m_round = 0; ///< pictures asked for before are of another plane
    int m_next = 0; ///< place in the order from the middle outwards
};

} // namespace saddle
