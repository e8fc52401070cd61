// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QToolButton;
class QPushButton;

namespace saddle {

/// A strip at the top of a panel that says what went wrong and what to do, never a modal. Hidden while there is nothing
/// to say.
class Banner : public QFrame {
    Q_OBJECT

public:
    enum class Kind { Information, Warning, Error };

    /// Where the button stands: at the end of the words, or below them where a panel is narrow.
    enum class Button { Beside, Below };

    explicit Banner(QWidget* parent = nullptr, Button button = Button::Beside);

    /// `action` is the text of a button; empty shows none.
    void show(Kind kind, const QString& text, const QString& action = {});
    void clear();
    QString text() const;

protected:
    /// Puts a widget below the words, over the whole width.
    void setFooter(QWidget* footer);

Q_SIGNALS:
    void actionTriggered();
    void dismissed();

protected:
    void changeEvent(QEvent* event) override;

private:
    void layOut(Button button);
    void restyle();

    Kind m_kind = Kind::Information;
    QLabel* m_icon;
    QLabel* m_text;
    QPushButton* m_action;
    QToolButton* m_close;
};

} // namespace saddle
