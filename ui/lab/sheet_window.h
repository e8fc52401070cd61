// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/interpolate.h"
#include "ui/widgets/save_file.h"

#include <QDialog>

class QSpinBox;

namespace saddle {

class ImageView;
class Lab;
class ProgressRow;

/// A sheet of pictures between four latents at its corners. Deletes itself when closed.
class SheetWindow : public QDialog {
    Q_OBJECT

public:
    /// `corners`: the upper left, the upper right, the lower left and the lower right one.
    SheetWindow(Lab* lab, Latents corners, Interpolation interpolation, SaveDialog saveDialog, QWidget* parent);

Q_SIGNALS:
    void saved(const QString& file);

private:
    void make();
    void save();

    Lab* m_lab;
    Latents m_corners;
    Interpolation m_interpolation;
    SaveDialog m_saveDialog;
    QSpinBox* m_rows;
    QSpinBox* m_columns;
    ImageView* m_view;
    ProgressRow* m_progress;
};

} // namespace saddle
