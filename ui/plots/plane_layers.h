// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/qcp.h"

#include <QImage>

#include <vector>

namespace saddle {

/// Many points of the plane as small discs. On a screen they are stamps of one picture, in a vector file circles.
class PointCloud : public QCPLayerable {
public:
    explicit PointCloud(QCustomPlot* plot);

    void setColour(const QColor& colour) { m_colour = colour; }
    /// Pairs of x and y; what is not finite is left out.
    void setPoints(const std::vector<float>& points);
    const std::vector<QPointF>& points() const { return m_points; }

protected:
    QRect clipRect() const override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    std::vector<QPointF> m_points;
    QColor m_colour;
};

/// A picture of a square of the plane.
class PlanePicture : public QCPLayerable {
public:
    explicit PlanePicture(QCustomPlot* plot);

    void setImage(const QImage& image) { m_image = image; }
    bool isEmpty() const { return m_image.isNull(); }
    /// Both axes reach from low to high.
    void setReach(double low, double high);

protected:
    QRect clipRect() const override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    QImage m_image;
    double m_low = -1;
    double m_high = 1;
};

/// The line above the plane that says what the colours mean.
class PlaneLegend : public QCPLayerable {
public:
    struct Entry {
        QColor colour;
        QString label;
    };

    explicit PlaneLegend(QCustomPlot* plot);

    void setEntries(std::vector<Entry> entries) { m_entries = std::move(entries); }
    void setHeat(bool on) { m_heat = on; }
    void setNote(const QString& note) { m_note = note; }
    void setStyle(const QFont& font, const QColor& text, const QColor& faint);
    QString text() const;
    int height() const;

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    std::vector<Entry> m_entries;
    bool m_heat = false;
    QString m_note;
    QFont m_font;
    QColor m_text;
    QColor m_faint;
};

} // namespace saddle
