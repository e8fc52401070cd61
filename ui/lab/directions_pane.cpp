// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/directions_pane.h"

#include "ui/bridge/lab.h"
#include "ui/lab/direction_row.h"
#include "ui/lab/direction_set.h"
#include "ui/lab/group_trays.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/latent_picture.h"
#include "ui/lab/slider_row.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/note_label.h"
#include "ui/widgets/progress_row.h"
#include "ui/widgets/save_file.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int gap = 6;
constexpr int mostWanted = 100;
constexpr int firstWanted = 10;

/// "12 %", "3.4 %": what fits beside a slider.
QString shareText(double share)
{
    if (std::isnan(share))
        return {};
    const double percent = 100 * share;
    return QObject::tr("%L1 %").arg(percent, 0, 'f', percent < 9.95 ? 1 : 0);
}

} // namespace

DirectionsPane::DirectionsPane(Lab* lab, LatentDocument* document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_lab(lab)
    , m_set(new DirectionSet(lab, document, this))
    , m_principal(pushButton("directionsPrincipal", tr("&Principal"),
          tr("Finds what varies most in a layer's activations, over random latents (GANSpace). Directions that are "
             "there "
             "keep sign, order and names.")))
    , m_factors(pushButton("directionsFactors", tr("Fact&ors"),
          tr("Finds what the first layer's weight enlarges most (SeFa): at once, without samples. Directions that are "
             "there keep sign, order and names.")))
    , m_count(new QSpinBox)
    , m_layer(new ElidingCombo)
    , m_progress(new ProgressRow(QStringLiteral("directions"), tr("Finding")))
    , m_banner(new Banner(this, Banner::Button::Below))
    , m_age(new NoteLabel)
    , m_area(new QScrollArea)
    , m_none(new QLabel(tr("Find directions by the buttons above, or make one of two groups of pictures below.")))
    , m_rename(pushButton("directionsRename", tr("Rename"), tr("Another name for the direction that is marked (F2)")))
    , m_delete(pushButton("directionsDelete", tr("Delete"), tr("Deletes the direction that is marked (Del)")))
    , m_reset(pushButton("directionsReset", tr("Reset all"), tr("All directions back to 0; other numbers stay")))
    , m_update(pushButton("directionsUpdate", tr("Update"),
          tr("Finds the principal directions and factors anew for the weights of now. Sliders keep sign, order, names "
             "and "
             "place, and the picture stays. By itself this happens when weights change, but not while training, which "
             "it "
             "would slow.")))
    , m_groups(new GroupTrays(document))
{
    setObjectName(QStringLiteral("latentDirections"));
    m_banner->setObjectName(QStringLiteral("directionsBanner"));
    m_age->setObjectName(QStringLiteral("directionsAge"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(makeHead());
    column->addWidget(m_progress);
    column->addWidget(m_banner);
    column->addWidget(m_age);
    column->addWidget(makeList(), 1);
    column->addLayout(makeFoot());
    column->addWidget(m_groups);
    connectAll();
    fillLayers();
    showDirections();
    showState();
}

QLayout* DirectionsPane::makeHead()
{
    m_count->setObjectName(QStringLiteral("directionsCount"));
    m_count->setRange(1, mostWanted);
    m_count->setValue(firstWanted);
    m_count->setAccessibleName(tr("How many directions"));
    m_count->setToolTip(tr("How many directions the buttons find"));
    m_layer->setObjectName(QStringLiteral("directionsLayer"));
    m_layer->setAccessibleName(tr("Layer of principal directions"));
    m_layer->setToolTip(
        tr("The layer whose activations principal directions are of: one near the latent gives changes of "
           "the whole, a later one of details"));
    auto* find = new QHBoxLayout;
    find->setSpacing(gap);
    find->addWidget(m_principal, 1);
    find->addWidget(m_factors, 1);
    find->addWidget(m_count);
    auto* of = new QHBoxLayout;
    of->setSpacing(gap);
    auto* name = new QLabel(tr("La&yer"));
    name->setBuddy(m_layer);
    of->addWidget(name);
    of->addWidget(m_layer, 1);
    auto* head = new QVBoxLayout;
    head->setContentsMargins(margin, margin, margin, gap);
    head->setSpacing(gap);
    head->addLayout(find);
    head->addLayout(of);
    return head;
}

QLayout* DirectionsPane::makeFoot()
{
    auto* row = new QHBoxLayout;
    row->setContentsMargins(margin, gap, margin, gap);
    row->setSpacing(gap);
    for (QPushButton* made : {m_rename, m_delete, m_reset, m_update}) {
        made->setMinimumWidth(0);
        row->addWidget(made);
    }
    return row;
}

QWidget* DirectionsPane::makeList()
{
    auto* rows = new QWidget;
    rows->setObjectName(QStringLiteral("directionsList"));
    m_column = new QVBoxLayout(rows);
    m_column->setContentsMargins(0, gap / 2, 0, gap / 2);
    m_column->setSpacing(0);
    m_none->setObjectName(QStringLiteral("directionsNone"));
    m_none->setWordWrap(true);
    m_none->setForegroundRole(QPalette::PlaceholderText);
    m_none->setContentsMargins(margin, margin, margin, margin);
    m_column->addWidget(m_none);
    m_column->addStretch(1);
    m_area->setWidget(rows);
    m_area->setWidgetResizable(true);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_area->setFocusPolicy(Qt::NoFocus);
    const auto key = [rows](Qt::Key pressed, QPushButton* does) {
        auto* shortcut = new QShortcut(QKeySequence(pressed), rows);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, does, &QPushButton::click);
    };
    key(Qt::Key_F2, m_rename);
    key(Qt::Key_Delete, m_delete);
    return m_area;
}

void DirectionsPane::connectAll()
{
    connect(m_principal, &QPushButton::clicked, this, [this] { find(DirectionKind::Principal); });
    connect(m_factors, &QPushButton::clicked, this, [this] { find(DirectionKind::Factor); });
    connect(m_update, &QPushButton::clicked, m_set, &DirectionSet::update);
    connect(m_reset, &QPushButton::clicked, m_document, &LatentDocument::resetOffsets);
    connect(m_rename, &QPushButton::clicked, this, [this] {
        if (m_current >= 0)
            m_rows[static_cast<std::size_t>(m_current)]->editName();
    });
    connect(m_delete, &QPushButton::clicked, this, &DirectionsPane::remove);
    connect(m_progress, &ProgressRow::cancelled, m_set, &DirectionSet::cancel);
    connect(m_banner, &Banner::actionTriggered, this, [this] {
        m_banner->clear();
        m_set->takeBack();
    });
    connect(m_set, &DirectionSet::changed, this, &DirectionsPane::showDirections);
    connect(m_set, &DirectionSet::stateChanged, this, &DirectionsPane::showState);
    connect(m_set, &DirectionSet::layersChanged, this, &DirectionsPane::fillLayers);
    connect(m_set, &DirectionSet::progress, this, [this](double done) {
        if (m_set->isFinding())
            m_progress->showPart(done, tr("Finding"));
    });
    connect(m_set, &DirectionSet::failed, this, &DirectionsPane::say);
    connect(m_set, &DirectionSet::replaced, this,
        [this](const QString& what) { m_banner->show(Banner::Kind::Information, what, tr("Take back")); });
    connect(m_document, &LatentDocument::changed, this, &DirectionsPane::showOffsets);
    connect(m_set, &DirectionSet::begunAnew, this, [this] {
        m_banner->clear();
        m_count->setMaximum(static_cast<int>(std::clamp<std::int64_t>(m_document->dimensions(), 1, mostWanted)));
    });
    connect(m_groups, &GroupTrays::makeRequested, this,
        [this](const QString& name, const Latents& these, const Latents& those) {
            m_banner->clear();
            if (const Status added = m_set->addGroup(name, these, those); !added)
                return say(QString::fromStdString(added.error().sentence()));
            setCurrent(static_cast<int>(m_set->all().size()) - 1);
            m_rows[static_cast<std::size_t>(m_current)]->slider()->slider()->setFocus();
        });
}

void DirectionsPane::setPicture(const std::shared_ptr<const LatentPicture>& picture)
{
    m_groups->setPicture(picture);
}

void DirectionsPane::find(DirectionKind kind)
{
    m_banner->clear();
    if (kind == DirectionKind::Factor)
        return m_set->findFactors(m_count->value());
    PrincipalRequest request;
    request.count = m_count->value();
    request.layer = m_layer->currentData().toString().toStdString();
    request.label = m_document->state().label;
    m_set->findPrincipal(request);
}

void DirectionsPane::fillLayers()
{
    m_layer->clear();
    m_layer->addItem(tr("Near the latent (as the paper)"), QString());
    for (const DirectionLayer& layer : m_set->layers()) {
        m_layer->addItem(tr("%1: %2, %3")
                             .arg(QString::fromStdString(layer.name), QString::fromStdString(layer.title),
                                 QString::fromStdString(shapeText(layer.shape))),
            QString::fromStdString(layer.name));
    }
    m_layer->fitList();
}

DirectionRow* DirectionsPane::makeRow()
{
    auto* row = new DirectionRow;
    const auto number = m_rows.size();
    row->setObjectName(QStringLiteral("directionRow%1").arg(number));
    connect(row, &DirectionRow::offsetChanged, this,
        [this, number](double offset) { m_document->setOffset(number, offset); });
    connect(row, &DirectionRow::released, m_document, &LatentDocument::endGesture);
    row->slider()->setPace(m_lab->pace());
    connect(m_lab, &Lab::besideChanged, row, [this, row] { row->slider()->setPace(m_lab->pace()); });
    connect(row, &DirectionRow::chosen, this, [this, number] { setCurrent(static_cast<int>(number)); });
    connect(row, &DirectionRow::renamed, this,
        [this, number](const QString& name) { rename(static_cast<int>(number), name); });
    row->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(row, &QWidget::customContextMenuRequested, this, [this, row, number](const QPoint& place) {
        setCurrent(static_cast<int>(number));
        popUp(row, row->mapToGlobal(place));
    });
    m_column->insertWidget(static_cast<int>(number), row);
    m_rows.push_back(row);
    return row;
}

void DirectionsPane::popUp(DirectionRow* row, const QPoint& place)
{
    auto* menu = new QMenu(row);
    connect(menu->addAction(tr("Rename")), &QAction::triggered, m_rename, &QPushButton::click);
    connect(menu->addAction(tr("Delete")), &QAction::triggered, m_delete, &QPushButton::click);
    popUpMenu(menu, place);
}

void DirectionsPane::showDirections()
{
    const std::vector<Direction>& all = m_set->all();
    while (m_rows.size() < all.size())
        makeRow();
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        m_rows[i]->setVisible(i < all.size());
        if (i >= all.size())
            continue;
        const Direction& direction = all[i];
        const QString share = shareText(direction.explained);
        const QString tip = direction.kind == DirectionKind::Principal
            ? tr("Explains %1 of how the layer's activations vary").arg(share)
            : direction.kind == DirectionKind::Factor ? tr("Has %1 of the first layer's squared weights").arg(share)
                                                      : tr("From the mean of “those” to the mean of “these”");
        m_rows[i]->setDirection(QString::fromStdString(direction.name), share, tip);
    }
    m_none->setVisible(all.empty());
    setCurrent(std::min(m_current, static_cast<int>(all.size()) - 1));
    m_groups->setSuggestedName(m_set->freeName());
    showOffsets();
}

void DirectionsPane::showOffsets()
{
    bool moved = false;
    const std::size_t count = std::min(m_set->all().size(), m_document->directionCount());
    for (std::size_t i = 0; i < count; ++i) {
        const double offset = m_document->offset(i);
        m_rows[i]->show(offset);
        moved = moved || offset != 0;
    }
    m_reset->setEnabled(moved);
}

void DirectionsPane::showState()
{
    const bool finding = m_set->isFinding();
    const bool open = m_lab->info() != nullptr;
    if (!finding)
        m_progress->hide();
    else if (m_progress->isHidden())
        m_progress->showPart(-1, tr("Waiting"));
    for (QWidget* widget : std::initializer_list<QWidget*>{m_principal, m_factors, m_count, m_layer})
        widget->setEnabled(open && !finding);
    const DirectionSet::Age age = m_set->age();
    m_update->setEnabled(open && !finding && age != DirectionSet::Age::None);
    QString words;
    if (age == DirectionSet::Age::Stale && !finding)
        words = tr("Found at step %L1; the weights have changed since.").arg(m_set->foundAtStep());
    else if (age == DirectionSet::Age::Saved && !finding)
        words = tr("Saved earlier, perhaps for other weights.");
    m_age->setText(words);
    m_age->setToolTip(m_update->toolTip());
    m_age->setVisible(!words.isEmpty());
}

void DirectionsPane::setCurrent(int row)
{
    m_current = row;
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        m_rows[i]->setCurrent(static_cast<int>(i) == row);
    m_rename->setEnabled(row >= 0);
    m_delete->setEnabled(row >= 0);
}

void DirectionsPane::rename(int row, const QString& name)
{
    m_banner->clear();
    if (const Status renamed = m_set->rename(static_cast<std::size_t>(row), name); !renamed)
        say(QString::fromStdString(renamed.error().sentence()));
}

void DirectionsPane::remove()
{
    if (m_current < 0)
        return;
    const int row = m_current;
    m_set->remove(static_cast<std::size_t>(row));
    if (m_current >= 0)
        m_rows[static_cast<std::size_t>(m_current)]->slider()->slider()->setFocus();
}

void DirectionsPane::say(const QString& why)
{
    m_banner->show(Banner::Kind::Error, why);
}

} // namespace saddle
