// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/engine.h"
#include "ui/plots/plot_types.h"
#include "ui/widgets/save_file.h"

#include <QWidget>

class QCPColorMap;
class QCustomPlot;
class QMenu;

namespace saddle {

class PlaneLegend;
class PlanePicture;
class PlotMask;
class PointCloud;

/// Points of the plane in a square with equal axes: D's output as a heat map, real points green and generated ones
/// purple over it. Also shows a kept picture of the same square.
///
/// Wheel zooms, drag pans, double-click (or 0) fits. A zoomed view stays where it is when new samples come.
class PlaneView : public QWidget {
    Q_OBJECT

public:
    /// Both axes reach from low to high.
    struct Square {
        double low = -1;
        double high = 1;
    };

    explicit PlaneView(QWidget* parent = nullptr);
    ~PlaneView() override;

    void setSamples(const Samples& samples);
    /// Real points alone, before anything is trained.
    void setRealOnly(const Samples& real);
    /// A kept picture of the square; it takes the place of points until samples are set again. An empty one clears.
    void setPicture(const Image& picture);
    void clear();

    bool showsPicture() const;
    /// What is shown when nothing is zoomed.
    Square square() const { return m_square; }
    bool isFitted() const { return m_fitted; }
    /// What the legend says: "Real, Generated, 12 outside".
    QString legend() const;
    QCustomPlot* canvas() const { return m_plot; }

    QImage image(double scale = 2.0);
    Status savePng(const QString& path);
    Status saveSvg(const QString& path);
    void setSuggestedName(const QString& name) { m_suggestedName = name; }
    void setSaveDialog(SaveDialog dialog) { m_saveDialog = std::move(dialog); }
    /// The context menu, made anew; the caller owns it.
    QMenu* makeMenu();

    QSize sizeHint() const override { return {420, 440}; }
    QSize minimumSizeHint() const override { return {160, 180}; }

public Q_SLOTS:
    void fit();

Q_SIGNALS:
    /// Something could not be done, in words for a person.
    void problem(const QString& what);

protected:
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void build();
    void setHeat(const std::optional<HeatMap>& heat);
    void setSquare(Square square);
    void arrange();
    void restyle();
    void zoom(double factor);
    void refresh();

    QCustomPlot* m_plot;
    QCPColorMap* m_heat = nullptr;
    PointCloud* m_real = nullptr;
    PointCloud* m_generated = nullptr;
    PlanePicture* m_picture = nullptr;
    PlaneLegend* m_legend = nullptr;
    PlotMask* m_mask = nullptr;
    Square m_square;
    bool m_squareKnown = false; ///< the axes mean something
    bool m_fitted = true;
    bool m_arranging = false;
    QString m_suggestedName = QStringLiteral("samples");
    SaveDialog m_saveDialog = systemSaveDialog();
};

} // namespace saddle
