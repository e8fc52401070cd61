// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/points_editor.h"

#include "ui/widgets/number_text.h"
#include "ui/widgets/point_pad.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

Json jsonOf(const std::vector<QPointF>& points)
{
    Json json = Json::array();
    for (const QPointF& point : points)
        json.push_back(Json::array({point.x(), point.y()}));
    return json;
}

double reachOf(const std::vector<QPointF>& points)
{
    double farthest = 0;
    for (const QPointF& point : points)
        farthest = std::max({farthest, std::abs(point.x()), std::abs(point.y())});
    for (double decade = 1; std::isfinite(decade); decade *= 10) {
        for (const double reach : {2 * decade, 5 * decade, 10 * decade}) {
            if (farthest <= reach)
                return reach;
        }
    }
    return 1;
}

} // namespace

PointsEditor::PointsEditor(const Parameter& parameter, QWidget* parent)
    : ParameterEditor(parent)
    , m_widget(new QWidget(parent))
    , m_pad(new PointPad(m_widget))
    , m_count(new QLabel(m_widget))
    , m_clear(new QPushButton(tr("Clear"), m_widget))
{
    m_clear->setAutoDefault(false);
    m_clear->setObjectName(QStringLiteral("clearPoints"));
    m_count->setForegroundRole(QPalette::PlaceholderText);
    auto* column = new QVBoxLayout(m_widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_pad);
    auto* row = new QHBoxLayout;
    row->addWidget(m_count, 1);
    row->addWidget(m_clear);
    column->addLayout(row);
    connect(
        m_pad, &PointPad::edited, this, [this](const std::vector<QPointF>& points) { Q_EMIT entered(jsonOf(points)); });
    connect(m_clear, &QPushButton::clicked, this, [this] { Q_EMIT entered(Json::array()); });
    setParameter(parameter);
}

QWidget* PointsEditor::control() const
{
    return m_pad;
}

void PointsEditor::setParameter(const Parameter& parameter)
{
    const double range = std::max(std::abs(parameter.min), std::abs(parameter.max));
    m_range = range > 0 ? range : 1;
    show(value());
}

void PointsEditor::show(const Json& value)
{
    std::vector<QPointF> points;
    if (value.is_array()) {
        for (const Json& point : value) {
            if (point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number())
                points.emplace_back(point[0].get<double>(), point[1].get<double>());
        }
    }
    m_pad->setReach(std::min(m_range, reachOf(points)));
    m_count->setText(points.size() == 1 ? tr("1 point") : tr("%1 points").arg(groupedText(std::ssize(points))));
    m_clear->setEnabled(!points.empty());
    m_pad->setPoints(std::move(points));
}

} // namespace saddle
