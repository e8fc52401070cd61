// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/experiment_document.h"
#include "ui/widgets/parameter_editors.h"

#include <QHash>
#include <QStringList>
#include <QWidget>

#include <vector>

class QLabel;
class QLineEdit;
class QScrollArea;
class QTimer;
class QVBoxLayout;

namespace saddle {

class Banner;
class ExperimentSection;
class PresetChooser;
class SectionGroup;

/// The left of the window: the preset and every setting of the experiment, as forms made from the declarations.
class ExperimentPanel : public QWidget {
    Q_OBJECT

public:
    explicit ExperimentPanel(ExperimentDocument* document, QWidget* parent = nullptr);

    /// Training runs. From the first time until another experiment is loaded, settings that need a restart show that
    /// they wait for it when they differ from what they were then. They stay editable.
    void setRunning(bool running);
    /// The same against what the session really runs, which is better known outside; null when nothing runs.
    void setRunningDocument(const Json& document);
    /// Labels of the changed settings that take effect only after a restart; none hides the offer to restart.
    void setRestartNeeded(const QStringList& labels);

    /// What is unusual about the experiment, a sentence each: a quiet note, for it can be trained all the same.
    void setWarnings(const QStringList& warnings);

    /// An error with its remedy, in the panel's banner, until dismissed, cleared or another experiment is loaded.
    void showError(const QString& text);
    void clearError();

    /// Paths of the unfolded sections, to be remembered between runs.
    QStringList expandedSections() const;
    void setExpandedSections(const QStringList& paths);

    /// Unfolds, scrolls to and focuses a setting ("training.batch_size") or a section ("data").
    void showSetting(const QString& path);
    /// Looks for presets again: after one was saved.
    void reloadPresets();
    /// Looks for the data again: after it was installed.
    void checkData();

    /// How paths are asked for; a file dialog unless set.
    void setBrowse(const BrowseForPath& browse);

Q_SIGNALS:
    void presetChosen(const QString& name);
    void presetQueued(const QString& name);
    void restartRequested();
    void editNetworkRequested(const QString& role);
    /// "Look again" was pressed at data that was missing; the data section is already up to date.
    void dataCheckRequested();

private:
    QWidget* makeHead();
    /// Makes the sections those of the document; what stays keeps its rows, its state and the focus.
    void refresh();
    void refreshFacts();
    void refreshBanner();
    void applyFilter();
    void place(const std::vector<Section>& sections, const std::vector<ExperimentSection*>& views);
    SectionGroup* groupCalled(const QString& name);
    SectionGroup* groupOf(const ExperimentSection* section) const;
    void orderTabs();
    bool waits(const QString& path, const Parameter& parameter) const;
    ExperimentSection* sectionAt(const QString& path) const;
    ExperimentSection* makeSection(const Section& section);

    ExperimentDocument* m_document;
    PresetChooser* m_presets;
    Banner* m_banner;
    QLineEdit* m_filter;
    QScrollArea* m_scroll;
    QVBoxLayout* m_sectionsLayout;
    QLabel* m_nothing;
    QTimer* m_factsTimer;
    QLabel* m_warnings;
    std::vector<ExperimentSection*> m_sections;
    std::vector<SectionGroup*> m_groups;
    QHash<QString, bool> m_expanded; ///< as the user left them, by path; the filter unfolds without a trace
    QStringList m_restartLabels;
    QString m_error;
    BrowseForPath m_browse;
    Json m_running; ///< what is in force while training; null before
    bool m_runningGiven = false; ///< it was told, not taken from the document
};

} // namespace saddle
