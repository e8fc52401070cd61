// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/experiment_document.h"
#include "ui/widgets/collapsible_section.h"
#include "ui/widgets/parameter_form.h"

class QLabel;

namespace saddle {

class Banner;

/// Puts a banner's button below its words: side by side they do not fit into a narrow panel.
void stackBanner(Banner* banner);

/// One section of the experiment: its form, the note on what is chosen, and what only some have: the state of the data,
/// the size of a network.
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
    void refreshFacts(const Result<DataHeader>& data);
    /// Hides what does not have every word. Returns whether anything is left.
    bool setFilter(const QStringList& words);

Q_SIGNALS:
    void editNetworkRequested(const QString& role);
    void dataCheckRequested();

protected:
    void changeEvent(QEvent* event) override;

private:
    void makeData();
    void makeNetwork();
    void showData(const Result<DataHeader>& data);
    void showNetwork(const Result<DataHeader>& data);
    void showNote();
    void showSummary();
    void recolour();

    ExperimentDocument* m_document;
    QString m_path;
    QString m_kindKey;
    QString m_noteText;
    QString m_fact; ///< for the header: the shape of the data, the size of a network
    QString m_choice; ///< for the header: what is chosen
    bool m_filtered = false;
    bool m_networkFault = false;
    ParameterForm* m_form = nullptr;
    QLabel* m_note = nullptr;
    Banner* m_banner = nullptr; ///< of the data
    QWidget* m_networkRow = nullptr;
    QLabel* m_networkSummary = nullptr;
};

} // namespace saddle
