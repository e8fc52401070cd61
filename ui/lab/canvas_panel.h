// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"
#include "ui/widgets/save_file.h"

#include <QWidget>

#include <optional>
#include <vector>

class QLabel;
class QLayout;
class QPushButton;
class QSlider;
class QSpinBox;

namespace saddle {

class Banner;
class BrushOverlay;
class ElidingCombo;
class ImageView;
class Lab;
class ProgressRow;

/// An image painted from a map of latents by a generator that is bound to no size, and a brush that draws part of the
/// map again.
class CanvasPanel : public QWidget {
    Q_OBJECT

public:
    CanvasPanel(Lab* lab, SaveDialog saveDialog, QWidget* parent = nullptr);

    const ImageView* view() const { return m_view; }
    /// What is in view.
    const CanvasRequest& request() const { return m_shown; }

public Q_SLOTS:
    void paint();
    /// Takes the last stroke back.
    void undoStroke();

Q_SIGNALS:
    void saved(const QString& file);

private:
    /// What came of a wish, and of which weights.
    struct Painted {
        std::optional<Image> whole;
        std::vector<CanvasPatch> patches; ///< where the rest stayed as it was
        GeneratorInfo info;
    };

    void makeSettings();
    void makeBrush();
    QLayout* makeFoot();
    void refresh();
    void stroke(const QPointF& place);
    void begin(const CanvasRequest& request);
    void showPainting(const CanvasRequest& request, const Painted& painted);
    /// What is in view, in a line.
    QString caption() const;
    /// Of the file to save it to.
    QString stem() const;
    void save();
    void updateButtons();
    /// Why nothing can be painted; empty when it can.
    QString whyNot() const;

    Lab* m_lab;
    SaveDialog m_saveDialog;
    CanvasRequest m_shown; ///< with every stroke that was asked for
    GeneratorInfo m_of; ///< what is in view was painted by
    std::uint64_t m_strokeSeed = 0;
    int m_waiting = 0; ///< strokes that are not in view yet
    bool m_painting = false;

    Banner* m_banner;
    QSpinBox* m_width;
    QSpinBox* m_height;
    QSpinBox* m_seed;
    QLabel* m_labelName;
    ElidingCombo* m_label;
    QPushButton* m_paint;
    QPushButton* m_brush;
    QSlider* m_radius;
    QSlider* m_strength;
    QPushButton* m_undo;
    QLabel* m_caption;
    QPushButton* m_copy;
    QPushButton* m_save;
    ImageView* m_view;
    BrushOverlay* m_overlay;
    ProgressRow* m_progress;
};

} // namespace saddle
