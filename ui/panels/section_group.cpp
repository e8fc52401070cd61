// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/section_group.h"

#include "ui/panels/experiment_section.h"

#include <QAbstractButton>
#include <QVBoxLayout>

namespace saddle {

SectionGroup::SectionGroup(const QString& name, QWidget* parent)
    : CollapsibleSection(name, parent)
{
    setObjectName(QStringLiteral("group_") + name);
    header()->setObjectName(QStringLiteral("groupHeader_") + name);
    body()->setSpacing(8);
}

void SectionGroup::setSections(const std::vector<ExperimentSection*>& sections)
{
    m_sections = sections;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        const int at = static_cast<int>(i);
        if (body()->indexOf(sections[i]) != at)
            body()->insertWidget(at, sections[i]);
        connect(sections[i], &ExperimentSection::switched, this, &SectionGroup::showSummary, Qt::UniqueConnection);
    }
    showSummary();
}

void SectionGroup::showSummary()
{
    QStringList on;
    for (const ExperimentSection* section : m_sections) {
        if (section->isOn())
            on << section->title();
    }
    setSummary(on.isEmpty() ? tr("none") : on.join(QStringLiteral(", ")));
}

} // namespace saddle
