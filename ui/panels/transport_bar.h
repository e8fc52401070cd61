// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/session.h"

#include <QWidget>

#include <map>

class QDoubleSpinBox;
class QLabel;
class QMenu;
class QSlider;
class QToolButton;

namespace saddle {

class PlayButton;

/// The bar on top: reset, play and pause, step, stop; where training is and how fast; the noise slider.
class TransportBar : public QWidget {
    Q_OBJECT

public:
    explicit TransportBar(QWidget* parent = nullptr);

    /// What the session says, its table of permitted actions included.
    void show(const SessionUpdate& now);
    /// Noise as the experiment has it: by hand, or by schedule with the level in force.
    void showNoise(bool manual, double level);

Q_SIGNALS:
    void playRequested();
    void pauseRequested();
    /// `phase` empty: a whole step.
    void stepRequested(const QString& phase);
    void stopRequested();
    void resetRequested();
    /// The slider or its number was moved.
    void noiseChanged(double level);
    /// Back to the schedule.
    void noiseReleased();

protected:
    void changeEvent(QEvent* event) override;

private:
    class Figure;
    QWidget* makeButtons();
    QWidget* makeFigures();
    QWidget* makeNoise();
    void setIcons();
    void setPhases(const std::vector<PhaseInfo>& phases);
    void permit(QWidget* widget, SessionState state, SessionAction action, const QString& hint);

    PlayButton* m_play;
    QToolButton* m_reset;
    QToolButton* m_step;
    QToolButton* m_stop;
    QMenu* m_stepMenu;
    std::vector<std::string> m_phaseKeys;
    std::map<std::string, Figure*> m_figures;
    QSlider* m_noise;
    QDoubleSpinBox* m_noiseValue;
    QToolButton* m_noiseAuto;
};

QString durationText(double seconds);
QString bytesText(std::int64_t bytes);

} // namespace saddle
