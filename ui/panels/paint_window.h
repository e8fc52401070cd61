// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/painter.h"
#include "ui/widgets/save_file.h"

#include <QDialog>

class QLabel;
class QPushButton;
class QSpinBox;

namespace saddle {

class Banner;
class ElidingCombo;
class ImageView;
class ProgressRow;
class Workbench;

/// Paints images larger than the generator learns: asks for size, seed and class, has a checkpoint saved, paints from
/// it beside the training, and keeps the outcome in view to save or copy.
class PaintWindow : public QDialog {
    Q_OBJECT

public:
    PaintWindow(Workbench* workbench, SaveDialog saveDialog, QWidget* parent = nullptr);

    const ImageView* view() const { return m_view; }

Q_SIGNALS:
    void saved(const QString& file);

private:
    void makeSettings();
    void makeButtons();
    /// Takes sizes and classes from what is on the bench.
    void refresh();
    void paint();
    void cancel();
    void begin(const QString& checkpoint);
    void showPainting(const std::shared_ptr<const Painting>& painting);
    void say(const QString& why);
    void save();
    void updateButtons();
    /// The side as the generator allows it.
    int sideOf(QSpinBox* box) const;

    enum class Work { None, Saving, Painting };

    Workbench* m_workbench;
    Painter* m_painter;
    SaveDialog m_saveDialog;
    QString m_stem; ///< of the file to save to
    CanvasRequest m_request;
    Work m_work = Work::None;
    Banner* m_banner;
    QWidget* m_settings;
    QSpinBox* m_width;
    QSpinBox* m_height;
    QSpinBox* m_seed;
    QLabel* m_labelName;
    ElidingCombo* m_label;
    QPushButton* m_paint;
    ImageView* m_view;
    ProgressRow* m_progress;
    QLabel* m_caption;
    QPushButton* m_copy;
    QPushButton* m_save;
    std::int64_t m_growth = 1;
};

} // namespace saddle
