// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/plot_types.h"
#include "ui/plots/qcp.h"

#include <span>

namespace saddle {

/// The row above the data: title, then for each series a swatch, its label and its value. It wraps when narrow; room
/// for a value is reserved, so that nothing moves while numbers change.
class PlotHeader : public QCPLayoutElement {
public:
    struct Entry {
        QColor colour;
        Qt::PenStyle line = Qt::SolidLine;
        QString label;
        QString value;
        QString raw; ///< the value before smoothing
        bool smoothed = false; ///< room is kept for it
    };

    explicit PlotHeader(QCustomPlot* plot);

    void setTitle(const QString& title, const QString& unit);
    void setEntries(std::vector<Entry> entries);
    const std::vector<Entry>& entries() const { return m_entries; }
    /// Width at the right end that belongs to someone else.
    void setReserved(int width);
    void setStyle(const QFont& font, const QColor& text, const QColor& faint);
    /// Draws this row anew, and nothing else.
    void redraw();

    QSize minimumOuterSizeHint() const override;
    QSize maximumOuterSizeHint() const override;

protected:
    void draw(QCPPainter* painter) override;

private:
    struct Slot {
        QPointF position;
        double width;
    };
    std::vector<Slot> arrange(int width, int* lines) const;
    double slotWidth(const Entry& entry) const;
    int lineHeight() const;
    QFont titleFont() const;

    QString m_title;
    QString m_unit;
    std::vector<Entry> m_entries;
    int m_reserved = 0;
    QFont m_font;
    QColor m_text;
    QColor m_faint;
};

constexpr double markerReach = 5; ///< pixels from a marker at which it answers

/// The vertical lines at edits, checkpoints and problems. At most one line of a kind is drawn for each pixel column, so
/// thousands of markers cost no more than the width of the plot.
class PlotMarkers : public QCPLayerable {
public:
    explicit PlotMarkers(QCustomPlot* plot);

    /// Adds a marker in the order of steps.
    void add(const Marker& marker);
    void clear();
    std::size_t size() const { return m_markers.size(); }
    /// Places the markers on an x axis. With `all` false only those that were beyond the last row are placed again.
    void place(const SeriesStore& store, std::size_t xColumn, bool all);
    /// The markers within `pixels` of a horizontal position, in the order of steps.
    std::span<const Marker> near(double xPixel, double pixels) const;
    void setColours(const QPalette& palette);
    /// How many lines the last drawing took.
    int drawnLines() const { return m_drawnLines; }

protected:
    QRect clipRect() const override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    std::vector<Marker> m_markers;
    std::vector<double> m_x;
    std::size_t m_placed = 0; ///< so many from the front have their final place
    QColor m_colours[markerKinds];
    int m_drawnLines = 0;
};

/// Covers what is drawn beyond the axes, for painters that cannot clip (the SVG writer of Qt). Hidden otherwise.
class PlotMask : public QCPLayerable {
public:
    explicit PlotMask(QCustomPlot* plot);
    void setColour(const QColor& colour) { m_colour = colour; }

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    QColor m_colour;
};

/// What follows the mouse: a line at the row under it, a dot on each curve and the x value on the axis; and the line of
/// the step that the window looks at. Also the words in the middle of a plot that has nothing to show.
class PlotCrosshair : public QCPLayerable {
public:
    struct Dot {
        QCPAxis* axis = nullptr;
        QPointF at; ///< in plot coordinates
        QColor colour;
    };

    explicit PlotCrosshair(QCustomPlot* plot);

    /// Shows it at x; NaN hides it.
    void show(double x, const QString& text, std::vector<Dot> dots);
    double x() const { return m_x; }
    /// The line that stays while the mouse moves; NaN hides it.
    void setCursor(double x, const QString& caption);
    double cursor() const { return m_cursor; }
    void setNote(const QString& note) { m_note = note; }
    void setXCaption(const QString& caption) { m_xCaption = caption; }
    void setStyle(const QFont& font, const QPalette& palette);

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    void drawFlag(QCPPainter& painter, double x, const QString& text, const QColor& ground, const QColor& colour) const;

    double m_x;
    double m_cursor;
    QString m_text;
    QString m_cursorCaption;
    QString m_note;
    QString m_xCaption;
    std::vector<Dot> m_dots;
    QFont m_font;
    QColor m_line;
    QColor m_faint;
    QColor m_flag;
    QColor m_flagText;
    QColor m_cursorLine;
    QColor m_cursorText;
    QColor m_background;
};

} // namespace saddle
