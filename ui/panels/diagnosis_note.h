// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/metrics/diagnosis.h"
#include "core/runs/run_folder.h"
#include "ui/widgets/banner.h"

#include <QStringList>

#include <functional>
#include <vector>

namespace saddle {

/// What a diagnosis found in the run on the bench: the newest in one sentence, with its remedies as buttons and one
/// that shows the curves. Never a modal; dismissed, it shows the one before.
///
/// Object names: diagnosisNote, diagnosisEvidence, and diagnosisRemedy0, 1, ... for the remedies.
class DiagnosisNote : public Banner {
    Q_OBJECT

public:
    explicit DiagnosisNote(QWidget* parent = nullptr);

    /// An event of kind "diagnosis". What it says of the same thing before is replaced.
    void add(const RunEvent& event);
    void clearAll();

Q_SIGNALS:
    void remedyChosen(const saddle::Remedy& remedy);
    /// Curves, and the steps between which they show it.
    void evidenceWanted(const QStringList& columns, double from, double to);

private:
    void showNewest();
    void dropNewest();
    void addButton(const QString& name, const QString& text, const QString& toolTip, const std::function<void()>& run);

    QWidget* m_buttons;
    std::vector<Finding> m_findings; ///< newest last
};

} // namespace saddle
