// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QComboBox>

namespace saddle {

/// A combo for narrow places: what it shows ends in … where it does not fit (Fusion cuts it off), its list is as wide
/// as its words, and the wheel passes over it unless it has the focus.
class ElidingCombo : public QComboBox {
    Q_OBJECT

public:
    explicit ElidingCombo(QWidget* parent = nullptr);

    /// Makes the list as wide as its items: after they were filled in.
    void fitList();
    /// The width at which no item is cut.
    int wholeWidth() const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
};

} // namespace saddle
