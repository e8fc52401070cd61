// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "ui/plots/plot_types.h"
#include "ui/plots/smoothed_series.h"
#include "ui/widgets/save_file.h"

#include <QImage>
#include <QPointF>
#include <QTimer>
#include <QWidget>

#include <array>

class QCPAxis;
class QCPGraph;
class QCustomPlot;
class QMenu;
class QMouseEvent;
class QToolButton;
class QWheelEvent;

namespace saddle {

class PlotCrosshair;
class PlotHeader;
class PlotMask;
class PlotMarkers;

/// Live curves of a SeriesStore in one pair of axes.
///
/// Wheel zooms x (with Ctrl or over an axis: y), drag pans, double-click fits. Until the user zooms, the view follows
/// new rows; afterwards it stays where it is until Follow, double-click or Home. The values under the mouse, or the
/// last ones, stand in the header, never over the data. All replots are queued: many changes, one drawing.
class CurvePlot : public QWidget {
    Q_OBJECT

public:
    /// A range on an axis.
    struct Span {
        double low = 0;
        double high = 0;
    };

    explicit CurvePlot(QWidget* parent = nullptr);
    ~CurvePlot() override;

    /// The caption, with a unit that may be empty. It is the accessible name too.
    void setTitle(const QString& title, const QString& unit = {});
    QString title() const { return m_title; }
    /// The store must outlive the plot, or be taken away with nullptr. A series whose column it lacks is left out.
    void setStore(const SeriesStore* store);
    void setSeries(std::vector<SeriesSpec> series);
    const std::vector<SeriesSpec>& series() const { return m_specs; }

    void addMarker(const Marker& marker);
    void clearMarkers();
    /// What the tooltip says at a horizontal position of the plot (in pixels); empty when no marker is near.
    QString markerText(double xPixel) const;

    /// The step that the window looks at, as a line that stays: its values stand in the header while the mouse is
    /// elsewhere. NaN for none.
    void setTimeCursor(double step);
    double timeCursor() const { return m_cursorStep; }

    /// Changes what runs along the bottom; a zoomed view keeps showing the same rows.
    void setXAxis(XAxis axis);
    XAxis xAxis() const { return m_xAxis; }
    /// 0 (none) to 0.999. The raw curve stays behind, faint.
    void setSmoothing(double weight);
    double smoothing() const { return m_smoothing; }
    /// Whether smoothing of many rows is still being computed; the last one is shown until then.
    bool isSmoothingPending() const;
    void setLogarithmic(bool on);
    bool isLogarithmic() const { return m_logarithmic; }

    /// Whether the view follows new rows, that is, x is not zoomed.
    bool isFollowing() const { return m_following; }
    Span xView() const;
    Span yView(ValueAxis axis = ValueAxis::Left) const;
    /// Keeps room for labels of a right axis, so that plots above each other stay aligned.
    void setRightRoom(bool on);
    bool hasRightAxis() const;
    /// Whether the Follow button appears here after a zoom of x (of several linked plots, one has it).
    void setFollowButton(bool on);

    /// The series and their values at the crosshair, or the last ones, as text.
    QString readout() const;
    /// How many points the last drawing handed to QCustomPlot.
    std::size_t drawnPoints() const { return m_drawnPoints; }
    int drawnMarkers() const;
    QCustomPlot* canvas() const { return m_plot; }

    QImage image(double scale = 2.0);
    Status savePng(const QString& path);
    /// The same as a drawing.
    QByteArray svg();
    Status saveSvg(const QString& path);
    /// The x columns and this plot's own columns.
    std::vector<std::size_t> csvColumns() const;
    void setSaveDialog(SaveDialog dialog) { m_saveDialog = std::move(dialog); }
    /// The context menu, made anew; the caller owns it. At a marker, given a place in pixels, it begins with what
    /// others add for it (markerMenu).
    QMenu* makeMenu(double xPixel = -1);

    void applyPalette(const QPalette& palette);

    QSize sizeHint() const override { return {560, 180}; }
    QSize minimumSizeHint() const override { return {180, 0}; }

public Q_SLOTS:
    /// The store has new rows, or was reset.
    void dataAppended();
    /// Shows the values at an x of the current x axis; NaN hides the crosshair.
    void setCrosshair(double x);
    /// Follows new rows again and fits y. Does not signal.
    void fit();
    /// Follows new rows again, and leaves a zoom of y. Does not signal.
    void follow();
    /// Zooms x. Does not signal.
    void setView(double low, double high);
    /// Zooms x to these steps and half as many on either side. Does not signal.
    void showSteps(double from, double to);

Q_SIGNALS:
    /// The x under the mouse; NaN when it left.
    void hovered(double x);
    /// The user zoomed or panned x.
    void viewChanged(double low, double high);
    /// The user asked for everything again.
    void fitted();
    void logarithmicChanged(bool on);
    void markerClicked(const saddle::Marker& marker);
    /// A context menu opens at a marker: whoever can do something with it adds that now.
    void markerMenu(const saddle::Marker& marker, QMenu* menu);
    /// The user wants these columns as a table; writing one may take long, so it is someone else's work.
    void csvRequested(const QString& path, const std::vector<std::size_t>& columns);
    /// Something could not be done, in words for a person.
    void problem(const QString& what);

protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Curve {
        SeriesSpec spec;
        std::optional<std::size_t> column;
        QCPGraph* raw = nullptr;
        QCPGraph* smooth = nullptr;
        QCPGraph* dots = nullptr; ///< points with an empty cell on either side, which a line would not show
        std::unique_ptr<SmoothedSeries> smoothed; ///< what is shown
        std::unique_ptr<SmoothedSeries> next; ///< being computed for another weight
    };

    // curve_plot.cpp
    void buildPlot();
    void refresh();
    void syncStore();
    void computeSmoothing();
    void updateTickers();
    std::optional<std::size_t> usableX() const;
    QCPAxis* valueAxis(ValueAxis axis) const;

    // curve_plot_draw.cpp
    void prepare();
    void followData(std::size_t xColumn);
    void drawCurve(Curve& curve, const PixelRows& rows, const Span& view, std::array<Extremes, 2>& values);
    double lineWidth(std::size_t points, double usual) const;
    void fitValues(ValueAxis axis, const Extremes& values);
    void updateReadout();
    /// Where a step lies on the x axis of now; NaN where there is none.
    double xOfStep(double value) const;
    void restyle();
    QString emptyNote() const;
    std::size_t pixelWidth() const;

    // curve_plot_input.cpp
    void mousePressed(QMouseEvent* event);
    void mouseMoved(QMouseEvent* event);
    void mouseReleased(QMouseEvent* event);
    void wheelTurned(QWheelEvent* event);
    void hoverAt(const QPointF& position);
    void showUserView(double low, double high);
    void zoomX(double factor, double centre);
    void zoomY(ValueAxis axis, double factor, double centre);
    void panX(double pixels, const Span& from);
    void panY(ValueAxis axis, double pixels, const Span& from);
    void moveCrosshair(int rows);
    void userFit();
    void updateFollowButton();
    enum class Place { Outside, Data, LeftAxis, RightAxis, BottomAxis };
    Place placeOf(const QPointF& position) const;

    // curve_plot_export.cpp
    void drawForOthers(const std::function<void()>& draw);
    void askCsv();

    QCustomPlot* m_plot;
    PlotHeader* m_header = nullptr;
    PlotMarkers* m_markers = nullptr;
    PlotCrosshair* m_crosshair = nullptr;
    PlotMask* m_mask = nullptr;
    QToolButton* m_follow;
    QTimer m_smoothingTimer;
    SaveDialog m_saveDialog = systemSaveDialog();

    const SeriesStore* m_store = nullptr;
    unsigned m_generation = 0;
    std::vector<SeriesSpec> m_specs;
    std::vector<Curve> m_curves;
    std::vector<Marker> m_events;

    QString m_title;
    QString m_unit;
    XAxis m_xAxis = XAxis::Step;
    double m_smoothing = 0;
    bool m_logarithmic = false;
    bool m_following = true;
    std::array<bool, 2> m_valuesZoomed{}; ///< the user has set this value axis
    bool m_rightRoom = false;
    bool m_followAllowed = true;
    bool m_placeMarkers = true;
    double m_hover;
    double m_cursorStep;
    std::size_t m_drawnPoints = 0;

    struct Drag {
        bool active = false;
        bool moved = false;
        Place place = Place::Outside;
        QPointF from;
        Span x;
        std::array<Span, 2> y;
    } m_drag;
};

} // namespace saddle
