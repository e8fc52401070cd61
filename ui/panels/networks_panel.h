// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

class QSplitter;
class QTabBar;

namespace saddle {

class ExperimentDocument;
class NetworkEditor;

/// The networks of the experiment side by side, the generator first; one at a time where there is no room for all.
/// Which there are is the objective's choice.
class NetworksPanel : public QWidget {
    Q_OBJECT

public:
    explicit NetworksPanel(ExperimentDocument* document, QWidget* parent = nullptr);

    QStringList roles() const { return m_roles; }
    /// Null for a role that the experiment has not.
    NetworkEditor* editor(const QString& role) const;
    /// Puts the keyboard into the layers of a network.
    void showRole(const QString& role);

    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void rebuild();
    void showWhatFits();

    ExperimentDocument* m_document;
    QTabBar* m_choice; ///< which network is shown where only one fits
    QSplitter* m_splitter;
    QStringList m_roles;
};

} // namespace saddle
