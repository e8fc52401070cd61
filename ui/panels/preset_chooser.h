// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;

namespace saddle {

class ExperimentDocument;
class PresetBox;
class PresetList;

/// What is loaded, with what it says of itself, and the list of presets on demand. Choosing one only asks for it: until
/// it is loaded the chooser shows what is.
class PresetChooser : public QWidget {
    Q_OBJECT

public:
    explicit PresetChooser(ExperimentDocument* document, QWidget* parent = nullptr);

    /// Looks for presets again.
    void reload();

Q_SIGNALS:
    void chosen(const QString& name);
    void queueRequested(const QString& name);

private:
    void refresh();

    ExperimentDocument* m_document;
    PresetBox* m_box;
    PresetList* m_list;
    QLabel* m_description;
    QLabel* m_origin;
};

} // namespace saddle
