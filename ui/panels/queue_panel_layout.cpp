// SPDX-License-Identifier: GPL-3.0-or-later
// QueuePanel: what it is made of.
#include "ui/models/queue_list_model.h"
#include "ui/panels/preset_list.h"
#include "ui/panels/queue_panel.h"
#include "ui/panels/queue_table.h"
#include "ui/queue_player.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/save_file.h"
#include "ui/workbench.h"

#include <QAction>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int margin = 10;
constexpr int leastWidth = 380;
constexpr int leastHeight = 300;
constexpr int mostSteps = 100'000'000;
constexpr int usualSteps = 20'000;

const QString stepsKey = QStringLiteral("queueSteps");

QHBoxLayout* rowOf(std::initializer_list<QWidget*> widgets)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(margin / 2 + 1);
    for (QWidget* widget : widgets)
        row->addWidget(widget);
    return row;
}

} // namespace

QueuePanel::QueuePanel(Workbench* bench, QueuePlayer* player, QWidget* parent)
    : QWidget(parent)
    , m_bench(bench)
    , m_player(player)
    , m_model(new QueueListModel(this))
    , m_banner(new Banner(this))
    , m_table(new QTreeView)
    , m_empty(new QLabel)
    , m_shown(new QStackedWidget)
    , m_start(pushButton("queueStart", tr("&Start queue")))
    , m_stopAfter(pushButton("queueStopAfter", tr("Stop &after this one")))
    , m_skip(pushButton("queueSkip", tr("S&kip")))
    , m_turn(new ElidedLabel)
    , m_addPresets(pushButton("queueAddPresets", tr("Add &presets…"), tr("Choose presets to be trained, one by one")))
    , m_presets(new PresetList(this))
    , m_steps(new QSpinBox)
{
    setObjectName(QStringLiteral("queuePanel"));
    m_banner->setObjectName(QStringLiteral("queueBanner"));
    makeActions();
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addWidget(m_banner);
    auto* column = new QVBoxLayout;
    column->setContentsMargins(margin, margin, margin, margin);
    column->setSpacing(margin / 2 + 1);
    column->addWidget(makeTop());
    column->addWidget(makeList(), 1);
    column->addWidget(makeBottom());
    whole->addLayout(column, 1);

    connect(m_player, &QueuePlayer::changed, this, &QueuePanel::showEntries);
    connect(m_player, &QueuePlayer::problem, this, [this](const QString& text) {
        m_offersUndo = false;
        m_banner->show(Banner::Kind::Warning, text);
    });
    connect(m_player, &QueuePlayer::ended, this, [this](const QString& summary) {
        m_offersUndo = false;
        m_banner->show(Banner::Kind::Information, summary);
    });
    connect(m_bench->bridge(), &Bridge::progressChanged, this, &QueuePanel::showProgress);
    connect(m_bench->bridge(), &Bridge::stateChanged, this, &QueuePanel::showProgress);
    connect(m_bench->studyBridge(), &StudyBridge::changed, this, &QueuePanel::showPermitted);
    connect(m_banner, &Banner::actionTriggered, this, [this] {
        m_banner->clear();
        if (m_offersUndo)
            check(m_player->undoRemove());
    });
    showEntries();
}

QAction* QueuePanel::action(const char* name, const QString& text, const QKeySequence& key, std::function<void()> run)
{
    auto* made = new QAction(text, this);
    made->setObjectName(QLatin1String(name));
    made->setShortcut(key);
    made->setShortcutContext(Qt::WidgetShortcut);
    connect(made, &QAction::triggered, this, std::move(run));
    m_table->addAction(made);
    return made;
}

void QueuePanel::makeActions()
{
    m_up = action("queueUp", tr("Move &up"), QKeySequence(tr("Alt+Up")), [this] { moveSelected(-1); });
    m_down = action("queueDown", tr("Move &down"), QKeySequence(tr("Alt+Down")), [this] { moveSelected(1); });
    m_open = action("queueOpen", tr("&Open"), {}, [this] { openSelected(); });
    m_again = action("queueAgain", tr("Run a&gain"), {}, [this] { runAgain(); });
    m_remove = action("queueRemove", tr("&Remove"), QKeySequence(QKeySequence::Delete), [this] { removeSelected(); });
}

QWidget* QueuePanel::makeTop()
{
    auto* box = new QWidget;
    m_stopAfter->setCheckable(true);
    m_turn->setObjectName(QStringLiteral("queueTurn"));
    m_turn->setForegroundRole(QPalette::PlaceholderText);
    m_turn->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    QHBoxLayout* row = rowOf({m_start, m_stopAfter, m_skip});
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_turn, 1);
    box->setLayout(row);
    connect(m_start, &QPushButton::clicked, m_player, &QueuePlayer::start);
    connect(m_stopAfter, &QPushButton::clicked, m_player, &QueuePlayer::setStopsAfterThis);
    connect(m_skip, &QPushButton::clicked, m_player, &QueuePlayer::skip);
    return box;
}

QWidget* QueuePanel::makeList()
{
    m_table->setObjectName(QStringLiteral("queueTable"));
    m_table->setAccessibleName(tr("Queue"));
    showQueue(m_table, m_model);
    m_empty->setObjectName(QStringLiteral("queueEmpty"));
    m_empty->setText(tr("Nothing is lined up.\n\nAdd the experiment on the left as it is edited now, or presets. What "
                        "waits here is trained one after another, each as a run of its own."));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setMargin(4 * margin);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_shown->addWidget(m_table);
    m_shown->addWidget(m_empty);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &QueuePanel::showPermitted);
    connect(m_table, &QTreeView::activated, this, &QueuePanel::openSelected);
    connect(m_table, &QTreeView::customContextMenuRequested, this, &QueuePanel::popUp);
    connect(m_model, &QueueListModel::moveRequested, this,
        [this](const std::vector<std::int64_t>& ids, std::optional<std::int64_t> before) {
            // The view has its own drop to finish first.
            QMetaObject::invokeMethod(
                this, [this, ids, before] { check(m_player->move(ids, before)); }, Qt::QueuedConnection);
        });
    return m_shown;
}

QWidget* QueuePanel::makeBottom()
{
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(margin / 2 + 1);
    QHBoxLayout* entry =
        rowOf({buttonFor(m_up, "queueUpButton", tr("Up")), buttonFor(m_down, "queueDownButton", tr("Down")),
            buttonFor(m_open, "queueOpenButton", tr("Open")), buttonFor(m_again, "queueAgainButton", tr("Run again")),
            buttonFor(m_remove, "queueRemoveButton", tr("Remove"))});
    entry->addStretch(1);
    column->addLayout(entry);

    auto* add = pushButton("queueAdd", tr("Add &this experiment"),
        tr("Put the experiment of this window at the end of the queue, as it is edited now (Ctrl+Shift+A)"));
    auto* steps = new ElidedLabel(tr("Steps where none are set"));
    m_steps->setObjectName(QStringLiteral("queueSteps"));
    m_steps->setRange(1, mostSteps);
    m_steps->setSingleStep(1000);
    m_steps->setGroupSeparatorShown(true);
    m_steps->setValue(QSettings().value(stepsKey, usualSteps).toInt());
    m_steps->setToolTip(tr("An experiment that sets no end of its own is trained for so many steps"));
    steps->setToolTip(m_steps->toolTip());
    steps->setBuddy(m_steps);
    QHBoxLayout* adding = rowOf({add, m_addPresets});
    adding->addStretch(1);
    adding->addWidget(steps);
    adding->addWidget(m_steps);
    column->addLayout(adding);

    m_presets->setStaysOpen(true);
    m_presets->setHint(tr("Enter or a click puts a preset into the queue, Escape closes."));
    connect(m_presets, &PresetList::chosen, this, &QueuePanel::addPreset);
    connect(this, &QueuePanel::said, m_presets, &PresetList::setHint);
    connect(add, &QPushButton::clicked, this, &QueuePanel::addFromBench);
    connect(m_addPresets, &QPushButton::clicked, this, [this] {
        m_presets->setEntries(presetEntries());
        m_presets->open(m_addPresets, {}, {});
    });
    connect(m_steps, &QSpinBox::valueChanged, this, [](int value) { QSettings().setValue(stepsKey, value); });
    return box;
}

QSize QueuePanel::minimumSizeHint() const
{
    return {leastWidth, leastHeight};
}

void QueuePanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_player->reload();
    const std::vector<QueueEntry>& entries = m_player->entries();
    if (selectedEntries().empty() && !entries.empty()) {
        const QueueEntry* next = m_player->current() ? m_player->current() : nextWaiting(entries);
        select({next ? next->id : entries.front().id});
    }
    m_table->setFocus();
}

void QueuePanel::popUp(const QPoint& place)
{
    if (!m_table->indexAt(place).isValid())
        return;
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("queueMenu"));
    menu->setToolTipsVisible(true);
    menu->addActions({m_open, m_again});
    menu->addSeparator();
    menu->addActions({m_up, m_down});
    menu->addSeparator();
    menu->addAction(m_remove);
    popUpMenu(menu, m_table->viewport()->mapToGlobal(place));
}

} // namespace saddle
