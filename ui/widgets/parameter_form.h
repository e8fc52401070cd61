// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/parameter_row.h"

#include <QWidget>

#include <functional>
#include <vector>

class QVBoxLayout;

namespace saddle {

/// Where a form's values are and where its edits go.
struct ParameterSource {
    /// All values of the section as an object; null while there are none.
    std::function<const Json*()> values;
    /// The value a setting started from.
    std::function<Json(const QString& key)> baseline;
    /// Takes a value or tells why not.
    std::function<Status(const QString& key, const Json& value)> set;
    /// Back to the baseline. May be empty: then `set` is called with the baseline.
    std::function<void(const QString& key)> reset = {};
    /// Whether a change of this setting waits for a restart. May be empty.
    std::function<bool(const Parameter& parameter)> waits = {};
    bool timeless = false; ///< nothing runs that a change could wait for: rows do not say when one applies
};

/// A form made from declared parameters, a row each.
class ParameterForm : public QWidget {
    Q_OBJECT

public:
    /// `prefix` is put before the keys in objectNames: "training" gives `edit_training.batch_size`; may be empty.
    ParameterForm(
        std::vector<Parameter> parameters, const QString& prefix, ParameterSource source, QWidget* parent = nullptr);

    /// Shows other parameters. Rows of settings that stay are kept, and the focus with them.
    void setParameters(std::vector<Parameter> parameters);
    /// Shows the values in force: after every change from outside.
    void refresh();

    /// Rows that do not have every word are hidden; `context` counts as part of each row. Returns how many are left.
    int setFilter(const QStringList& words, const QString& context = {});
    int visibleRows() const;
    int changedRows() const;

    const std::vector<ParameterRow*>& rows() const { return m_rows; }
    ParameterRow* row(const QString& key) const;

    /// How paths are asked for; a file dialog unless set.
    void setBrowse(BrowseForPath browse);

Q_SIGNALS:
    /// A value was entered and taken.
    void edited(const QString& key);

private:
    ParameterRow* makeRow(const Parameter& parameter);
    void refreshVisibility();

    QString m_prefix;
    ParameterSource m_source;
    BrowseForPath m_browse;
    QVBoxLayout* m_layout;
    std::vector<ParameterRow*> m_rows;
    QStringList m_words;
    QString m_context;
};

} // namespace saddle
