// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/experiment_document.h"
#include "ui/widgets/collapsible_section.h"
#include "ui/widgets/parameter_form.h"

class QLabel;

namespace saddle {

class Banner;

/// One section of the experiment: its form, the note on what is chosen, and what only some have: the state of the data,
/// the size of a network. A section of a group has no header: its first parameter is its switch, which bears its name,
/// and the rest is there while it is on.
class ExperimentSection : public CollapsibleSection {
    Q_OBJECT

public:
    using Waits = std::function<bool(const QString& path, const Parameter& parameter)>;

    ExperimentSection(ExperimentDocument* document, const Section& section, Waits waits, QWidget* parent = nullptr);

    QString path() const { return m_path; }
    ParameterForm* form() const { return m_form; }

    /// The same section with other parameters, another note.
    void setSection(const Section& section);
    /// Shows the document's values.
    void refresh();
    /// What is computed from the data's shape.
    void refreshFacts(const Result<DataHeader>& header);
    /// Whether a section of a group is switched on.
    bool isOn() const { return m_on; }
    /// Hides what does not have every word. Returns whether anything is left.
    bool setFilter(const QStringList& words);

Q_SIGNALS:
    void editNetworkRequested(const QString& role);
    void dataCheckRequested();
    void switched();

protected:
    void changeEvent(QEvent* event) override;

private:
    std::vector<Parameter> shownParameters(const Section& section) const;
    void makeData();
    void makeNetwork();
    void showData(const Result<DataHeader>& header);
    void showNetwork(const Result<DataHeader>& header);
    void showNote();
    void showSummary();
    void recolour();

    ExperimentDocument* m_document;
    QString m_path;
    QString m_kindKey;
    QString m_noteText;
    QString m_fact; ///< for the header: the shape of the data, the size of a network
    QString m_choice; ///< for the header: what is chosen
    bool m_grouped = false;
    bool m_on = false;
    bool m_filtered = false;
    bool m_networkFault = false;
    ParameterForm* m_form = nullptr;
    QLabel* m_note = nullptr;
    Banner* m_banner = nullptr; ///< of the data
    QWidget* m_networkRow = nullptr;
    QLabel* m_networkSummary = nullptr;
};

} // namespace saddle
