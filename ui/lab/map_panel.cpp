// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/map_panel.h"

#include "core/latent/directions.h"
#include "ui/bridge/lab.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/map_pad.h"
#include "ui/lab/thumbnail.h"
#include "ui/widgets/buttons.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace saddle {

namespace {

const std::string mapKey = "map";
constexpr int margin = 8;
constexpr int restMilliseconds = 250;
constexpr int fullReach = 100; // of the slider: as far as a latent is long
constexpr int firstReach = 60;

/// Cells from the middle outwards.
const std::array<int, MapPad::cells>& outwards()
{
    static const auto order = [] {
        std::array<int, MapPad::cells> cells{};
        for (std::size_t i = 0; i < cells.size(); ++i)
            cells[i] = static_cast<int>(i);
        const auto distance = [](int cell) {
            const QPointF middle = MapPad::middleOf(cell);
            return middle.x() * middle.x() + middle.y() * middle.y();
        };
        std::stable_sort(cells.begin(), cells.end(), [&](int a, int b) { return distance(a) < distance(b); });
        return cells;
    }();
    return order;
}

double dot(const std::vector<double>& a, const std::vector<double>& b)
{
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += a[i] * b[i];
    return sum;
}

void normalise(std::vector<double>& direction)
{
    const double length = std::sqrt(dot(direction, direction));
    for (double& value : direction)
        value = length > 0 ? value / length : 0;
}

} // namespace

MapPanel::MapPanel(Lab* lab, LatentDocument* document, QWidget* parent)
    : QWidget(parent)
    , m_lab(lab)
    , m_document(document)
    , m_pad(new MapPad)
    , m_reach(new QSlider(Qt::Horizontal))
    , m_reachText(new QLabel)
{
    setObjectName(QStringLiteral("mapPanel"));
    m_pad->setObjectName(QStringLiteral("mapPad"));
    m_pad->setAccessibleName(tr("Map"));
    m_pad->setToolTip(tr("Drag to walk a plane through the latent; arrow keys walk too, finely with Shift"));
    auto* turn = pushButton("mapTurn", tr("Other plane"), tr("Two other directions, drawn at random"));
    auto* centre =
        pushButton("mapCentre", tr("Centre here"), tr("The middle of the plane comes to where the marker is"));
    m_reach->setObjectName(QStringLiteral("mapReach"));
    m_reach->setRange(5, 2 * fullReach);
    m_reach->setValue(firstReach);
    m_reach->setAccessibleName(tr("Width of the plane"));
    m_reach->setToolTip(tr("How far the edge is: in hundredths of a latent's usual length"));
    auto* explain = new QLabel(tr("Around the latent, on a plane drawn at random"));
    explain->setForegroundRole(QPalette::PlaceholderText);
    explain->setWordWrap(true);
    auto* row = new QHBoxLayout;
    row->addWidget(turn);
    row->addWidget(centre);
    row->addStretch(1);
    auto* second = new QHBoxLayout;
    auto* name = new QLabel(tr("Width"));
    name->setBuddy(m_reach);
    second->addWidget(name);
    second->addWidget(m_reach, 1);
    second->addWidget(m_reachText);
    m_reachText->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("200 %")));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(margin, margin, margin, margin);
    column->addWidget(explain);
    column->addWidget(m_pad, 1);
    column->addLayout(second);
    column->addLayout(row);
    m_pause.setSingleShot(true);
    m_pause.setInterval(restMilliseconds);
    connect(&m_pause, &QTimer::timeout, this, &MapPanel::drawAround);
    connect(m_pad, &MapPad::moved, this, &MapPanel::walk);
    connect(m_pad, &MapPad::released, m_document, &LatentDocument::endGesture);
    connect(turn, &QPushButton::clicked, this, &MapPanel::turn);
    connect(centre, &QPushButton::clicked, this, &MapPanel::centre);
    const auto showReach = [this] { m_reachText->setText(tr("%1 %").arg(m_reach->value())); };
    showReach();
    connect(m_reach, &QSlider::valueChanged, this, [this, showReach] {
        showReach();
        // The marker stays on its latent where it can.
        this->centre();
    });
    connect(m_document, &LatentDocument::wasReset, this, [this] { this->turn(); });
    connect(m_document, &LatentDocument::changed, this, &MapPanel::onChanged);
    connect(m_lab, &Lab::refreshed, &m_pause, qOverload<>(&QTimer::start));
}

double MapPanel::reach() const
{
    return static_cast<double>(m_reach->value()) / fullReach;
}

std::vector<float> MapPanel::at(const QPointF& place) const
{
    const LatentOptions& latent = m_document->head().latent;
    const double length = spreadOf(latent) * std::sqrt(static_cast<double>(latent.dimensions)) * reach();
    std::vector<float> values = m_middle;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!m_document->state().locked[i])
            values[i] += static_cast<float>(length * (place.x() * m_across[i] + place.y() * m_up[i]));
    }
    return values;
}

void MapPanel::turn()
{
    std::mt19937_64 generator(++m_seed);
    std::normal_distribution<double> normal;
    const auto draw = [&](std::vector<double>& direction) {
        direction.resize(static_cast<std::size_t>(m_document->dimensions()));
        std::generate(direction.begin(), direction.end(), [&] { return normal(generator); });
        normalise(direction);
    };
    draw(m_across);
    draw(m_up);
    const double along = dot(m_across, m_up);
    for (std::size_t i = 0; i < m_up.size(); ++i)
        m_up[i] -= along * m_across[i];
    normalise(m_up);
    centre();
}

void MapPanel::centre()
{
    m_middle = m_document->state().values;
    m_walked = m_middle;
    m_pad->setPlace({});
    ++m_round;
    m_pause.start();
}

void MapPanel::onChanged()
{
    if (m_document->state().values != m_walked)
        centre();
}

void MapPanel::walk(const QPointF& place)
{
    m_walked = at(place);
    m_document->setMoved(m_walked, tr("Walk on the map"), QStringLiteral("map "));
}

void MapPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_pause.start();
}

void MapPanel::drawAround()
{
    m_next = 0;
    ++m_round;
    if (!isVisible() || !m_lab->info() || m_document->dimensions() != m_lab->info()->latent.dimensions)
        return;
    m_lab->cancel(mapKey);
    // Points have no pictures: the marker on the plane says it all.
    if (m_document->head().shape.size() == 3)
        drawNext();
    else
        m_pad->clearPictures();
}

void MapPanel::drawNext()
{
    if (m_next >= static_cast<int>(outwards().size()) || !isVisible())
        return;
    // One after the other: the picture in the middle of the window never waits for more than one of these.
    const int cell = outwards()[static_cast<std::size_t>(m_next)];
    Latents latents = m_document->latents();
    latents.values = at(MapPad::middleOf(cell));
    m_lab->ask<Samples>(
        mapKey, this, [latents](LabNetworks& networks) { return networks.generator().make(latents); },
        [this, cell, round = m_round](const Result<Samples>& samples) {
            if (!samples || round != m_round)
                return; // begun anew since
            m_pad->setPicture(cell, thumbnail(*samples));
            ++m_next;
            drawNext();
        });
}

} // namespace saddle
