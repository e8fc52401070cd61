// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/path.h"
#include "core/models/network.h"
#include "core/video/film.h"
#include "ui/widgets/save_file.h"

#include <QDialog>

#include <optional>

class QCheckBox;
class QLabel;
class QSpinBox;

namespace saddle {

class ElidingCombo;

/// Asks how a walk is to be saved: as what, how large, and where.
class FilmDialog : public QDialog {
    Q_OBJECT

public:
    FilmDialog(const LatentPath& path, const Shape& shape, SaveDialog saveDialog, QWidget* parent = nullptr);

    /// What to make; nothing when the user thought better of it.
    std::optional<FilmRequest> ask();

private:
    void describe();
    FilmFormat format() const;

    LatentPath m_path;
    Shape m_shape;
    SaveDialog m_saveDialog;
    ElidingCombo* m_format;
    QSpinBox* m_zoom;
    QCheckBox* m_repeat;
    QLabel* m_about;
};

} // namespace saddle
