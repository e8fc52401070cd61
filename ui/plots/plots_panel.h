// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/curve_plot.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QMenu;
class QPushButton;
class QScrollArea;
class QSlider;
class QSplitter;

namespace saddle {

class CsvExport;
class ProgressRow;

/// Several plots above each other with one x range and one crosshair, and a row of controls for all of them.
///
/// Object names: plotXAxis, plotSmoothing (the slider), plotSmoothingValue, plotLog, plotFit, plotExportCsv,
/// plotChoice (the menu of plots), "plot_" + id for each plot and "showPlot_" + id for its entry in the menu.
class PlotsPanel : public QWidget {
    Q_OBJECT

public:
    explicit PlotsPanel(QWidget* parent = nullptr);

    /// Replaces the plots. A plot none of whose columns the store has is hidden.
    void setGroups(const std::vector<PlotGroup>& groups);
    /// The store must outlive the panel, or be taken away with nullptr.
    void setStore(const SeriesStore* store);

    /// The store has new rows, or was reset. Cheap: drawing happens once, later.
    void dataAppended();
    void addMarker(const Marker& marker);
    /// A line at a step in all plots, which stays; NaN for none.
    void setTimeCursor(double step);
    /// Takes away the markers and every zoom, for a new run. The store is its owner's to reset.
    void clear();

    /// For an owner that fills the store anew for another x axis (xAxisChanged): each can be chosen, whatever the
    /// store has now.
    void offerEveryAxis();
    XAxis xAxis() const;
    void setXAxis(XAxis axis);
    double smoothing() const;
    void setSmoothing(double weight);
    bool isLogarithmic() const;
    void setLogarithmic(bool on);
    /// Fits all plots and follows new rows again.
    void fit();

    /// Plots the user does not want to see, by id, also of runs that lack them: to be remembered.
    QStringList hiddenPlots() const { return m_hidden; }
    void setHiddenPlots(const QStringList& ids);

    /// Makes the plots with curves of these columns visible, scrolls to the first and zooms all to a stretch of steps.
    void showCurves(const QStringList& columns, double from, double to);

    /// Writes all columns of the store, the markers as events, little by little where that is long. What comes of it is
    /// told by saved() or problem().
    void exportCsv(const QString& path);
    void askExport();
    bool isExporting() const;
    void setSaveDialog(const SaveDialog& dialog);
    const std::vector<CurvePlot*>& plots() const { return m_plots; }

Q_SIGNALS:
    /// Something could not be done, in words for a person.
    void problem(const QString& what);
    void saved(const QString& file);
    void xAxisChanged(saddle::XAxis axis);
    void markerClicked(const saddle::Marker& marker);
    /// A context menu opens at a marker: whoever can do something with it adds that now.
    void markerMenu(const saddle::Marker& marker, QMenu* menu);

private:
    QWidget* makeControls();
    void link(CurvePlot* plot);
    void updateStore();
    void showChosen();
    void exportColumns(const QString& path, const std::vector<std::size_t>& columns);
    void applySmoothing(double weight);

    const SeriesStore* m_store = nullptr;
    unsigned m_generation = 0;
    std::vector<CurvePlot*> m_plots;
    std::vector<Marker> m_markers;
    double m_cursorStep;
    bool m_everyAxis = false;
    SaveDialog m_saveDialog = systemSaveDialog();
    QSplitter* m_splitter;
    QComboBox* m_xAxis;
    QSlider* m_smoothing;
    QDoubleSpinBox* m_smoothingValue;
    QCheckBox* m_log;
    QPushButton* m_export;
    QMenu* m_choice;
    QScrollArea* m_scroll;
    QLabel* m_noneShown; ///< in place of the plots
    CsvExport* m_exporter;
    ProgressRow* m_exportRow;
    QStringList m_hidden;
};

} // namespace saddle
