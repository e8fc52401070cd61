// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

class QSplitter;

namespace saddle {

class ExperimentDocument;
class NetworkEditor;

/// The networks of the experiment side by side, the generator first. Which there are is the objective's choice.
class NetworksPanel : public QWidget {
    Q_OBJECT

public:
    explicit NetworksPanel(ExperimentDocument* document, QWidget* parent = nullptr);

    QStringList roles() const { return m_roles; }
    /// Null for a role that the experiment has not.
    NetworkEditor* editor(const QString& role) const;
    /// Puts the keyboard into the layers of a network.
    void showRole(const QString& role);

private:
    void rebuild();

    ExperimentDocument* m_document;
    QSplitter* m_splitter;
    QStringList m_roles;
};

} // namespace saddle
