// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;
class QStackedWidget;

namespace saddle {

class ElidedLabel;
class SliderRow;

/// A direction: its name, which is changed in place (double click), the share that it explains, and its slider. Knows
/// no set: it shows and tells.
class DirectionRow : public QWidget {
    Q_OBJECT

public:
    static constexpr double reach = 3; ///< spreads to both sides

    explicit DirectionRow(QWidget* parent = nullptr);

    /// `share` is what it explains, in words; may be empty.
    void setDirection(const QString& name, const QString& share, const QString& tip);
    /// Does not signal.
    void show(double offset);
    /// The keys of the list mean this one.
    void setCurrent(bool current);
    bool isCurrent() const { return m_current; }
    /// Puts the name into a field; Enter changes it, Esc leaves it.
    void editName();

    SliderRow* slider() const { return m_slider; }

Q_SIGNALS:
    void offsetChanged(double offset);
    /// A drag is over.
    void released();
    void renamed(const QString& name);
    /// It was clicked, or a part of it got the focus.
    void chosen();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void endEditing(bool keep);

    QStackedWidget* m_place;
    ElidedLabel* m_name;
    QLineEdit* m_edit;
    QLabel* m_share;
    SliderRow* m_slider;
    bool m_current = false;
    bool m_editing = false;
};

} // namespace saddle
