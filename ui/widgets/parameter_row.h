// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/parameter_editors.h"

#include <QStringList>
#include <QWidget>

#include <optional>

class QHBoxLayout;
class QLabel;
class QToolButton;
class QVBoxLayout;

namespace saddle {

class ApplyBadge;

/// One setting of a form: label, editor with its unit, when a change applies, and a button back to where it started.
/// What was refused is told under it.
class ParameterRow : public QWidget {
    Q_OBJECT

public:
    /// `path` names the widgets: `edit_PATH`, `reset_PATH`, `badge_PATH`, `error_PATH`, `label_PATH`.
    ParameterRow(const Parameter& parameter, const QString& path, BrowseForPath browse, QWidget* parent = nullptr);

    const Parameter& parameter() const { return m_parameter; }
    QString path() const { return m_path; }
    /// The control that takes the focus.
    QWidget* control() const { return m_editor->control(); }

    /// Takes another declaration of the same setting; false when it needs another row.
    bool setParameter(const Parameter& parameter);

    void setValue(const Json& value, const Json& baseline);
    bool isChanged() const { return m_changed; }
    /// What was entered is taken.
    void accept();
    /// Whether the change shown waits for a restart of the running experiment.
    void setWaiting(bool waiting);
    /// Says nothing of when a change applies.
    void hideBadge();
    /// Tells under the row why what was entered is refused.
    void refuse(const Error& error);
    void clearError();
    QString errorText() const;

    /// Whether every word is found in the label, the key or `context`.
    bool matches(const QStringList& words, const QString& context) const;

Q_SIGNALS:
    void entered(const saddle::Json& value);
    void resetRequested();

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void layOut();
    void placeEditor();
    void describe();
    void recolour();

    Parameter m_parameter;
    QString m_path;
    ParameterEditor* m_editor;
    QLabel* m_label;
    ApplyBadge* m_badge;
    QToolButton* m_reset;
    QLabel* m_error;
    QHBoxLayout* m_row = nullptr; ///< label, editor, badge
    QVBoxLayout* m_column = nullptr; ///< the row, the editor where it has a line of its own, the error
    std::optional<bool> m_ownLine; ///< of the editor; nothing until it is placed
    bool m_changed = false;
};

} // namespace saddle
