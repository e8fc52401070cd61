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

/// A list of presets that opens over the window: typing filters, Up and Down choose, Enter takes, Escape closes.
///
/// Object names: presetFilter, presetList.
class PresetList : public QFrame {
    Q_OBJECT

public:
    explicit PresetList(QWidget* parent = nullptr);

    void setEntries(const std::vector<PresetEntry>& entries);
    /// Opens below a widget with `current` chosen and `typed` as the first of what is searched for.
    void open(const QWidget* below, const QString& current, const QString& typed);

Q_SIGNALS:
    void chosen(const QString& name);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void applyFilter();
    void step(int rows);
    void take();

    QLineEdit* m_filter;
    QListWidget* m_list;
    QLabel* m_nothing;
};

} // namespace saddle
