// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QLabel>

namespace saddle {

/// A small word on a tinted, rounded ground.
class Tag : public QLabel {
    Q_OBJECT

public:
    explicit Tag(QWidget* parent = nullptr);

    void setTint(const QColor& tint);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QColor m_tint;
};

} // namespace saddle
