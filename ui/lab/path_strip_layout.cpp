// SPDX-License-Identifier: GPL-3.0-or-later
// PathStrip: what it is made of.
#include "ui/bridge/lab.h"
#include "ui/lab/latent_document.h"
#include "ui/lab/path_strip.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/glyphs.h"
#include "ui/widgets/progress_row.h"

#include <QAbstractItemModel>
#include <QAction>
#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QStyledItemDelegate>
#include <QToolButton>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int gap = 6;
constexpr int iconSide = 64;
constexpr int mostPerSegment = 10'000;
constexpr int mostFramesPerSecond = 100;

/// Key frames as pictures with their names below, in a list that can be rearranged.
class NameBelow : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        option->decorationPosition = QStyleOptionViewItem::Top;
        option->decorationAlignment = Qt::AlignCenter;
        option->displayAlignment = Qt::AlignCenter;
    }
};

} // namespace

PathStrip::PathStrip(Lab* lab, LatentDocument* document, Dialogs dialogs, QWidget* parent)
    : QWidget(parent)
    , m_lab(lab)
    , m_document(document)
    , m_dialogs(std::move(dialogs))
    , m_keys(new QListWidget)
    , m_playButton(flatButton("pathPlay"))
    , m_scrub(new QSlider(Qt::Horizontal))
    , m_place(new QLabel)
    , m_add(pushButton("pathAdd", tr("&Add key frame"), tr("Put the latent of now at the end of the path (Ctrl+K)")))
    , m_more(new QToolButton)
    , m_interpolation(new ElidingCombo)
    , m_perSegment(new QSpinBox)
    , m_rate(new QDoubleSpinBox)
    , m_loop(new QCheckBox(tr("Loop")))
    , m_export(pushButton("pathExport", tr("Save film…"), tr("Save the walk as a GIF, an MP4 or numbered PNGs")))
    , m_sheet(pushButton("pathSheet", tr("Sheet…"), {}))
    , m_progress(new ProgressRow(QStringLiteral("film"), tr("Saving the film")))
{
    setObjectName(QStringLiteral("pathStrip"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(margin, gap, margin, gap);
    column->setSpacing(gap);
    m_keys->setObjectName(QStringLiteral("pathKeys"));
    m_keys->setAccessibleName(tr("Key frames"));
    m_keys->setFlow(QListView::LeftToRight);
    m_keys->setWrapping(false);
    m_keys->setIconSize({iconSide, iconSide});
    m_keys->setGridSize({iconSide + 20, iconSide + fontMetrics().height() + 12});
    const int itemHeight = iconSide + fontMetrics().height() + 12;
    m_keys->setFixedHeight(itemHeight + m_keys->style()->pixelMetric(QStyle::PM_ScrollBarExtent) + 4);
    m_keys->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_keys->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_keys->setDragDropMode(QAbstractItemView::InternalMove);
    m_keys->setDefaultDropAction(Qt::MoveAction);
    m_keys->setEditTriggers(QAbstractItemView::EditKeyPressed);
    m_keys->setContextMenuPolicy(Qt::CustomContextMenu);
    m_keys->setItemDelegate(new NameBelow(m_keys));
    makeControls(column);
    column->addWidget(m_keys);
    column->addWidget(m_progress);

    auto* removal = new QAction(tr("Remove"), m_keys);
    removal->setShortcut(QKeySequence::Delete);
    removal->setShortcutContext(Qt::WidgetShortcut);
    m_keys->addAction(removal);
    connect(removal, &QAction::triggered, this, &PathStrip::removeKeys);
    connect(m_keys, &QWidget::customContextMenuRequested, this, &PathStrip::showMenu);
    connect(m_keys, &QListWidget::itemActivated, this, [this](QListWidgetItem* item) { takeKey(m_keys->row(item)); });
    connect(m_keys, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) { takeKey(m_keys->row(item)); });
    connect(m_keys, &QListWidget::itemChanged, this, [this](QListWidgetItem* item) {
        if (!m_filling)
            renameKey(m_keys->row(item), item->text());
    });
    // The view moves an item by a removal and an insertion: when both are done the order is read.
    connect(m_keys->model(), &QAbstractItemModel::rowsMoved, this, &PathStrip::keysMoved, Qt::QueuedConnection);
    connect(m_playButton, &QToolButton::clicked, this, &PathStrip::togglePlay);
    connect(m_scrub, &QSlider::valueChanged, this, [this](int frame) { showFrame(frame); });
    m_add->setShortcut(QKeySequence(tr("Ctrl+K")));
    connect(m_add, &QPushButton::clicked, this, &PathStrip::addKey);
    connect(m_interpolation, &QComboBox::currentIndexChanged, this, &PathStrip::readOptions);
    connect(m_perSegment, &QSpinBox::valueChanged, this, &PathStrip::readOptions);
    connect(m_rate, &QDoubleSpinBox::valueChanged, this, &PathStrip::readOptions);
    connect(m_loop, &QCheckBox::toggled, this, &PathStrip::readOptions);
    connect(m_export, &QPushButton::clicked, this, &PathStrip::exportFilm);
    connect(m_sheet, &QPushButton::clicked, this, &PathStrip::showSheet);
    connect(m_progress, &ProgressRow::cancelled, this, [this] { m_lab->cancel("film"); });
    connect(&m_play, &QTimer::timeout, this, &PathStrip::advance);
    connect(m_document, &LatentDocument::wasReset, this, &PathStrip::onReset);
    // The latent was shaped: what is in view is no longer the walk.
    connect(m_document, &LatentDocument::changed, this, [this] {
        if (m_frame < 0 && !isPlaying())
            return; // a drag says so sixty times a second
        m_play.stop();
        m_frame = -1;
        update();
    });
    connect(m_lab, &Lab::refreshed, this, &PathStrip::askThumbnails);
    put(m_path);
    updateIcons();
}

void PathStrip::makeControls(QBoxLayout* column)
{
    m_scrub->setObjectName(QStringLiteral("pathScrub"));
    m_scrub->setAccessibleName(tr("Frame of the path"));
    m_scrub->setMinimumWidth(80);
    m_place->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("00,000 / 00,000")));
    m_place->setForegroundRole(QPalette::PlaceholderText);
    m_more->setObjectName(QStringLiteral("pathMore"));
    m_more->setText(tr("Path"));
    m_more->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_more);
    connect(menu->addAction(tr("&Open a path…")), &QAction::triggered, this, &PathStrip::openPath);
    connect(menu->addAction(tr("&Save the path…")), &QAction::triggered, this, &PathStrip::savePath);
    connect(menu->addAction(tr("&Clear")), &QAction::triggered, this, [this] {
        LatentPath after = m_path;
        after.keys.clear();
        edit(tr("Clearing of the path"), std::move(after));
    });
    m_more->setMenu(menu);
    auto* row = new QHBoxLayout;
    row->setSpacing(gap);
    row->addWidget(m_playButton);
    row->addWidget(m_scrub, 1);
    row->addWidget(m_place);
    makeOptions(row);
    row->addWidget(m_add);
    row->addWidget(m_sheet);
    row->addWidget(m_export);
    row->addWidget(m_more);
    column->addLayout(row);
}

void PathStrip::makeOptions(QBoxLayout* row)
{
    m_interpolation->setObjectName(QStringLiteral("pathInterpolation"));
    m_interpolation->addItems({tr("Spherical"), tr("Linear")});
    m_interpolation->setToolTip(tr("How one gets from key frame to key frame: spherical keeps normal latents as long "
                                   "as the generator knows them, and suits these"));
    m_interpolation->fitList();
    m_interpolation->setMinimumWidth(m_interpolation->wholeWidth());
    m_interpolation->setAccessibleName(tr("Interpolation"));
    m_perSegment->setObjectName(QStringLiteral("pathPerSegment"));
    m_perSegment->setRange(1, mostPerSegment);
    m_perSegment->setSuffix(tr(" frames"));
    m_perSegment->setKeyboardTracking(false);
    m_perSegment->setToolTip(tr("Frames from one key frame to the next"));
    m_perSegment->setAccessibleName(tr("Frames from one key frame to the next"));
    m_rate->setObjectName(QStringLiteral("pathRate"));
    m_rate->setRange(1, mostFramesPerSecond);
    m_rate->setDecimals(0);
    m_rate->setSuffix(tr(" /s"));
    m_rate->setKeyboardTracking(false);
    m_rate->setToolTip(tr("Frames a second"));
    m_rate->setAccessibleName(tr("Frames a second"));
    m_loop->setObjectName(QStringLiteral("pathLoop"));
    m_loop->setToolTip(tr("The last key frame leads back to the first"));
    for (QWidget* widget : std::initializer_list<QWidget*>{m_interpolation, m_perSegment, m_rate, m_loop})
        row->addWidget(widget);
}

void PathStrip::update()
{
    const auto keys = m_path.keys.size();
    const bool walks = keys >= 2;
    const auto count = static_cast<int>(walks ? m_path.frameCount() : 0);
    {
        const QSignalBlocker quiet(m_scrub);
        m_scrub->setRange(0, std::max(0, count - 1));
        m_scrub->setPageStep(static_cast<int>(m_path.options.framesPerSegment));
        m_scrub->setValue(static_cast<int>(std::max<std::int64_t>(0, m_frame)));
    }
    m_place->setText(
        walks ? m_frame >= 0 ? tr("%L1 / %L2").arg(m_frame + 1).arg(count) : tr("%L1 frames").arg(count) : QString());
    m_scrub->setEnabled(walks);
    m_scrub->setToolTip(walks ? tr("Goes through the frames of the walk") : tr("A walk needs two key frames"));
    m_playButton->setEnabled(walks);
    m_playButton->setToolTip(!walks ? tr("A walk needs two key frames")
            : isPlaying()           ? tr("Pause")
                                    : tr("Play the walk"));
    m_playButton->setAccessibleName(isPlaying() ? tr("Pause") : tr("Play the walk"));
    m_add->setEnabled(m_document->dimensions() > 0);
    m_export->setEnabled(walks && !m_progress->isVisibleTo(this));
    m_export->setToolTip(
        walks ? tr("Save the walk as a GIF, an MP4 or numbered PNGs") : tr("A film needs two key frames"));
    m_sheet->setEnabled(keys >= 4);
    m_sheet->setToolTip(keys >= 4 ? tr("A sheet of pictures between the first four key frames as its corners")
                                  : tr("A sheet needs four key frames, its corners"));
    m_keys->setVisible(keys > 0);
    updateIcons();
}

void PathStrip::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        updateIcons();
}

void PathStrip::updateIcons()
{
    m_playButton->setIcon(glyphIcon(isPlaying() ? Glyph::Pause : Glyph::Play, palette()));
}

} // namespace saddle
