// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;

namespace saddle {

class ElidingCombo;
class ExperimentDocument;

/// The presets, with what the loaded experiment says of itself. Choosing one only asks for it: until it is loaded the
/// chooser shows what is.
class PresetChooser : public QWidget {
    Q_OBJECT

public:
    explicit PresetChooser(ExperimentDocument* document, QWidget* parent = nullptr);

    /// Looks for presets again.
    void reload();

Q_SIGNALS:
    void chosen(const QString& name);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void refresh();

    ExperimentDocument* m_document;
    ElidingCombo* m_presets;
    QLabel* m_description;
    QLabel* m_origin;
};

} // namespace saddle
