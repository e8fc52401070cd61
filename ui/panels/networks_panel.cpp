// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/networks_panel.h"

#include "ui/models/experiment_document.h"
#include "ui/panels/network_editor.h"

#include <QSignalBlocker>
#include <QSplitter>
#include <QTabBar>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

NetworksPanel::NetworksPanel(ExperimentDocument* document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_choice(new QTabBar(this))
    , m_splitter(new QSplitter(Qt::Horizontal, this))
{
    setObjectName(QStringLiteral("networksPanel"));
    m_splitter->setObjectName(QStringLiteral("networksSplitter"));
    m_splitter->setChildrenCollapsible(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    // What is shown depends on the room there is, not the other way round.
    column->setSizeConstraint(QLayout::SetNoConstraint);
    m_choice->setObjectName(QStringLiteral("networkChoice"));
    m_choice->setExpanding(false);
    m_choice->setDrawBase(false);
    m_choice->hide();
    column->addWidget(m_choice);
    column->addWidget(m_splitter, 1);
    connect(m_choice, &QTabBar::currentChanged, this, &NetworksPanel::showWhatFits);
    connect(m_document, &ExperimentDocument::loaded, this, &NetworksPanel::rebuild);
    connect(m_document, &ExperimentDocument::changed, this, &NetworksPanel::rebuild);
    rebuild();
}

void NetworksPanel::rebuild()
{
    QStringList roles;
    const Json& json = m_document->json();
    const ObjectiveInfo* objective = m_document->catalog().objectives.find(
        valueText(m_document->value(QStringLiteral("objective.kind"))).toStdString());
    if (objective) {
        for (const std::string& role : objective->roles) {
            if (findPath(json, role))
                roles.append(fromUtf8(role));
        }
    }
    if (roles == m_roles)
        return;
    // Editors of roles that stay keep their selection and their draft.
    for (const QString& role : m_roles) {
        if (roles.contains(role))
            continue;
        NetworkEditor* gone = editor(role);
        gone->hide();
        gone->setParent(nullptr);
        gone->deleteLater();
    }
    for (int i = 0; i < roles.size(); ++i) {
        NetworkEditor* kept = editor(roles[i]);
        m_splitter->insertWidget(i, kept ? kept : new NetworkEditor(m_document, roles[i], m_splitter));
        m_splitter->setStretchFactor(i, 1);
    }
    m_roles = roles;
    const QSignalBlocker quiet(m_choice);
    while (m_choice->count() > 0)
        m_choice->removeTab(0);
    for (const QString& role : roles)
        m_choice->addTab(role.left(1).toUpper() + role.mid(1));
    m_splitter->setSizes(QList<int>(roles.size(), std::max(1, width() / std::max(1, static_cast<int>(roles.size())))));
    showWhatFits();
}

QSize NetworksPanel::minimumSizeHint() const
{
    QSize least(0, 0);
    for (const QString& role : m_roles)
        least = least.expandedTo(editor(role)->minimumSizeHint());
    return least + QSize(0, m_choice->sizeHint().height());
}

void NetworksPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    showWhatFits();
}

void NetworksPanel::showWhatFits()
{
    int wanted = 0;
    for (const QString& role : m_roles)
        wanted += editor(role)->minimumSizeHint().width() + m_splitter->handleWidth();
    const bool all = width() >= wanted;
    m_choice->setVisible(!all);
    for (int i = 0; i < m_roles.size(); ++i)
        editor(m_roles[i])->setVisible(all || i == m_choice->currentIndex());
}

NetworkEditor* NetworksPanel::editor(const QString& role) const
{
    return m_splitter->findChild<NetworkEditor*>(QStringLiteral("networkEditor_") + role, Qt::FindDirectChildrenOnly);
}

void NetworksPanel::showRole(const QString& role)
{
    NetworkEditor* shown = editor(role);
    if (!shown)
        return;
    m_choice->setCurrentIndex(static_cast<int>(m_roles.indexOf(role)));
    shown->focusLayers();
}

} // namespace saddle
