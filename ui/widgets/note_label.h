// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace saddle {

/// Words that want to be known but not to disturb: small, with a bar of the warning's colour before them. Hidden until
/// there are any.
class NoteLabel : public QLabel {
    Q_OBJECT

public:
    explicit NoteLabel(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace saddle
