// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include <chrono>

class QDoubleSpinBox;
class QLabel;
class QSlider;
class QToolButton;

namespace saddle {

/// A number on a slider with its value, a lock and a way back. Knows no document: it shows and tells.
class SliderRow : public QWidget {
    Q_OBJECT

public:
    explicit SliderRow(QWidget* parent = nullptr);

    void setName(const QString& name, const QString& tip = {});
    /// Of the name's column, so that sliders stand below each other.
    void setNameWidth(int width);
    /// The slider reaches from -reach to reach; a value beyond is shown at its end, and can be typed.
    void setReach(double reach);
    /// Does not signal. A move that was not told yet is forgotten.
    void show(double value, bool locked, bool changed);
    /// A slider that is moved on and on tells a value so often at most, and the last one always. 0: every one.
    void setPace(std::chrono::milliseconds pace);
    /// Tells a move that waits for its time.
    void tellMove();
    /// Whether there is a lock at all.
    void setLockable(bool lockable);

    QSlider* slider() const { return m_slider; }

Q_SIGNALS:
    void valueChanged(double value);
    /// A drag or a key press is over.
    void released();
    void lockChanged(bool locked);
    void resetRequested();

protected:
    void changeEvent(QEvent* event) override;

private:
    void onMoved();
    void updateIcons();

    QLabel* m_name;
    QSlider* m_slider;
    QDoubleSpinBox* m_value;
    QToolButton* m_lock;
    QToolButton* m_reset;
    double m_reach = 1;
    QTimer m_pause; ///< between two values that are told
    bool m_moved = false; ///< since the last one
};

} // namespace saddle
