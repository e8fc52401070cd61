// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/curve_plot.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QPushButton;
class QSlider;
class QSplitter;

namespace saddle {

/// Several plots above each other with one x range and one crosshair, and a row of controls for all of them.
///
/// Object names: plotXAxis, plotSmoothing (the slider), plotSmoothingValue, plotLog, plotFit, plotExportCsv, and
/// "plot_" + id for each plot.
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
    /// Takes away the markers and every zoom, for a new run. The store is its owner's to reset.
    void clear();

    XAxis xAxis() const;
    void setXAxis(XAxis axis);
    double smoothing() const;
    void setSmoothing(double weight);
    bool isLogarithmic() const;
    void setLogarithmic(bool on);
    /// Fits all plots and follows new rows again.
    void fit();

    /// All columns of the store, the markers as events.
    Status exportCsv(const QString& path) const;
    void setSaveDialog(const SaveDialog& dialog);
    const std::vector<CurvePlot*>& plots() const { return m_plots; }

Q_SIGNALS:
    /// Something could not be done, in words for a person.
    void problem(const QString& what);
    void markerClicked(const saddle::Marker& marker);

private:
    QWidget* makeControls();
    void link(CurvePlot* plot);
    void updateStore();
    void askExport();
    void applySmoothing(double weight);

    const SeriesStore* m_store = nullptr;
    unsigned m_generation = 0;
    std::vector<CurvePlot*> m_plots;
    std::vector<Marker> m_markers;
    SaveDialog m_saveDialog = systemSaveDialog();
    QSplitter* m_splitter;
    QComboBox* m_xAxis;
    QSlider* m_smoothing;
    QDoubleSpinBox* m_smoothingValue;
    QCheckBox* m_log;
    QPushButton* m_export;
};

} // namespace saddle
