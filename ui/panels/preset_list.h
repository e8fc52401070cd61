// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QString>

#include <vector>

class QLabel;
class QLineEdit;
class QListWidget;

namespace saddle {

/// What the list shows of a preset.
struct PresetEntry {
    QString name;
    QString title;
    QString description;
    QString family; ///< those of one family stand together under its name
};

/// The presets that there are, those of the user last.
std::vector<PresetEntry> presetEntries();

/// A list of presets that opens over the window: typing filters, Up and Down choose, Enter takes, Ctrl+Enter
/// puts into the queue, Escape closes.
///
/// Object names: presetFilter, presetList, presetHint.
class PresetList : public QFrame {
    Q_OBJECT

public:
    explicit PresetList(QWidget* parent = nullptr);

    void setEntries(const std::vector<PresetEntry>& entries);
    /// Whether it stays open when one was chosen, for the next.
    void setStaysOpen(bool stays) { m_staysOpen = stays; }
    /// Words at the foot of the list.
    void setHint(const QString& hint);
    /// Opens below a widget with `current` chosen and `typed` as the first of what is searched for.
    void open(const QWidget* below, const QString& current, const QString& typed);

Q_SIGNALS:
    void chosen(const QString& name);
    /// It is to be trained in its turn, not now: Ctrl+Enter, or by the menu of the right button.
    void queueRequested(const QString& name);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void applyFilter();
    void step(int rows);
    QString current() const;
    void take();
    void takeToQueue();
    void popUp(const QPoint& place);

    QLineEdit* m_filter;
    QListWidget* m_list;
    QLabel* m_nothing;
    QLabel* m_hint;
    bool m_staysOpen = false;
};

} // namespace saddle
