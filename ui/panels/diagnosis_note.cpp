// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/diagnosis_note.h"

#include "core/base/json.h"
#include "ui/plots/tool_row_layout.h"

#include <QPushButton>

#include <algorithm>

namespace saddle {

namespace {

QString whatItDoes(const Remedy& remedy)
{
    if (remedy.checkpoint)
        return DiagnosisNote::tr("Training goes on from the weights of that step");
    QStringList lines;
    for (const Setting& change : remedy.changes)
        lines << QString::fromStdString(change.path + ": " + jsonText(change.value));
    return lines.join(QLatin1Char('\n'));
}

} // namespace

DiagnosisNote::DiagnosisNote(QWidget* parent)
    : Banner(parent)
    , m_buttons(new QWidget(this))
{
    setObjectName(QStringLiteral("diagnosisNote"));
    auto* row = new ToolRowLayout(m_buttons);
    row->setContentsMargins(0, 0, 0, 0);
    setFooter(m_buttons);
    connect(this, &Banner::dismissed, this, &DiagnosisNote::dropNewest);
}

void DiagnosisNote::add(const RunEvent& event)
{
    std::optional<Finding> finding = findingFrom(event.text, event.data);
    if (!finding)
        return;
    std::erase_if(m_findings, [&finding](const Finding& other) {
        return other.symptom.kind == finding->symptom.kind && other.symptom.role == finding->symptom.role;
    });
    m_findings.push_back(*std::move(finding));
    showNewest();
}

void DiagnosisNote::clearAll()
{
    m_findings.clear();
    showNewest();
}

void DiagnosisNote::dropNewest()
{
    if (!m_findings.empty())
        m_findings.pop_back();
    showNewest();
}

void DiagnosisNote::showNewest()
{
    // Not deleted at once: one of them may have been what was clicked.
    for (QPushButton* button : m_buttons->findChildren<QPushButton*>()) {
        m_buttons->layout()->removeWidget(button);
        button->hide();
        button->setObjectName({});
        button->deleteLater();
    }
    if (m_findings.empty()) {
        clear();
        return;
    }
    const Finding& finding = m_findings.back();
    for (std::size_t i = 0; i < finding.remedies.size(); ++i) {
        const Remedy& remedy = finding.remedies[i];
        addButton(QStringLiteral("diagnosisRemedy%1").arg(i), QString::fromStdString(remedy.label), whatItDoes(remedy),
            [this, remedy] {
                dropNewest();
                Q_EMIT remedyChosen(remedy);
            });
    }
    QStringList columns;
    for (const std::string& column : finding.symptom.columns)
        columns << QString::fromStdString(column);
    addButton(QStringLiteral("diagnosisEvidence"), tr("Show evidence"), tr("Shows the curves that say so, and when"),
        [this, columns, from = finding.symptom.from, to = finding.symptom.to] {
            Q_EMIT evidenceWanted(columns, static_cast<double>(from), static_cast<double>(to));
        });
    QString text = QString::fromStdString(finding.symptom.text);
    if (m_findings.size() > 1)
        text += QLatin1Char(' ') + tr("(%n more)", nullptr, static_cast<int>(m_findings.size()) - 1);
    show(Kind::Warning, text);
}

void DiagnosisNote::addButton(
    const QString& name, const QString& text, const QString& toolTip, const std::function<void()>& run)
{
    auto* button = new QPushButton(text, m_buttons);
    button->setObjectName(name);
    button->setToolTip(toolTip);
    m_buttons->layout()->addWidget(button);
    button->show();
    connect(button, &QPushButton::clicked, this, run);
}

} // namespace saddle
