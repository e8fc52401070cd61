// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/collapsible_section.h"

#include <vector>

namespace saddle {

class ExperimentSection;

/// Sections under one heading, a switch each: what is off takes one line.
class SectionGroup : public CollapsibleSection {
    Q_OBJECT

public:
    explicit SectionGroup(const QString& name, QWidget* parent = nullptr);

    /// The sections in it, in order; they become children of its body.
    void setSections(const std::vector<ExperimentSection*>& sections);
    const std::vector<ExperimentSection*>& sections() const { return m_sections; }

private:
    void showSummary();

    std::vector<ExperimentSection*> m_sections;
};

} // namespace saddle
