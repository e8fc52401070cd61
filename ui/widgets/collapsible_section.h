// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

class QAbstractButton;
class QVBoxLayout;

namespace saddle {

class SectionHeader;

/// A titled part of a panel that folds away. The header is a button: click, Space or Enter toggle it, Left folds and
/// Right unfolds. It remembers nothing between runs; whoever owns it asks and sets.
class CollapsibleSection : public QWidget {
    Q_OBJECT

public:
    explicit CollapsibleSection(const QString& title, QWidget* parent = nullptr);

    QString title() const;
    void setTitle(const QString& title);
    /// A few quiet words at the header's right end; elided where there is no room.
    QString summary() const;
    void setSummary(const QString& summary);
    /// A network's role paints a thin bar of its colour (theme::roleColour); empty paints none.
    void setAccent(const QString& role);

    bool isExpanded() const;
    void setExpanded(bool expanded);

    /// The header's button, for its objectName and focus.
    QAbstractButton* header() const;
    /// What folds away: widgets are added below each other.
    QVBoxLayout* body() const { return m_body; }

Q_SIGNALS:
    /// By the user or by setExpanded.
    void expandedChanged(bool expanded);
    /// By the user alone.
    void toggledByUser(bool expanded);

private:
    SectionHeader* m_header;
    QWidget* m_content;
    QVBoxLayout* m_body;
};

} // namespace saddle
