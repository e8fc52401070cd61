// SPDX-License-Identifier: GPL-3.0-or-later
// RunsPanel: what it is made of.
#include "ui/panels/runs_panel.h"

#include "ui/models/experiment_document.h"
#include "ui/models/run_list_model.h"
#include "ui/panels/run_details_pane.h"
#include "ui/panels/run_table.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/save_file.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int margin = 10;
constexpr int detailsWidth = 320;
constexpr int leastWidth = 400;
constexpr int leastHeight = 320;
constexpr int lookAgain = 2000; // milliseconds between looks at runs that may train elsewhere

const QString treeKey = QStringLiteral("runsTree");
const QString tableKey = QStringLiteral("runsTable");

} // namespace

RunsPanel::RunsPanel(const Catalog& catalog, RunsDialogs dialogs, QWidget* parent)
    : QWidget(parent)
    , m_dialogs(std::move(dialogs))
    , m_model(new RunListModel(this))
    , m_filtered(new RunFilterModel(m_model, this))
    , m_banner(new Banner(this))
    , m_filter(new QLineEdit)
    , m_treeBox(new QCheckBox(tr("Branches as a tree")))
    , m_table(new QTreeView)
    , m_empty(new QLabel)
    , m_shown(new QStackedWidget)
    , m_footer(new ElidedLabel)
    , m_details(new RunDetailsPane)
    , m_splitter(new QSplitter(Qt::Horizontal))
    , m_shelf(catalog)
{
    setObjectName(QStringLiteral("runsPanel"));
    m_banner->setObjectName(QStringLiteral("runsBanner"));
    makeActions();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_banner);
    m_splitter->setObjectName(QStringLiteral("runsSplitter"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(makeList());
    m_splitter->addWidget(makeDetails());
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setSizes({3 * detailsWidth, detailsWidth});
    column->addWidget(m_splitter, 1);
    connectShelf();
    m_treeBox->setChecked(QSettings().value(treeKey).toBool());
    showSelection();
}

RunsPanel::~RunsPanel()
{
    QSettings().setValue(tableKey, m_table->header()->saveState());
}

QAction* RunsPanel::action(const char* name, const QString& text, const QKeySequence& key, std::function<void()> run)
{
    auto* made = new QAction(text, this);
    made->setObjectName(QLatin1String(name));
    made->setShortcut(key);
    // The note's editor and the filter have Delete, Enter and Ctrl+C for themselves.
    made->setShortcutContext(Qt::WidgetShortcut);
    connect(made, &QAction::triggered, this, std::move(run));
    m_table->addAction(made);
    return made;
}

void RunsPanel::makeActions()
{
    m_open = action("runOpen", tr("&Open"), {}, [this] { openSelected(); });
    m_open->setToolTip(tr("Put this run on the bench, to look at and to go on with (Enter)"));
    m_rename = action("runRename", tr("&Rename"), QKeySequence(Qt::Key_F2),
        [this] { m_table->edit(m_table->selectionModel()->selectedRows().constFirst()); });
    m_noteEdit =
        action("runNoteEdit", tr("Edit the &note"), QKeySequence(Qt::Key_F4), [this] { m_details->editNote(); });
    m_pin = action("runPin", tr("&Pin to the top"), QKeySequence(tr("Ctrl+D")), [this] { pinSelected(); });
    m_queue = action("runQueue", tr("&Queue again"), {}, [this] { Q_EMIT queueRequested(selectedRuns()); });
    m_queue->setToolTip(tr("Put the experiments of these runs into the queue, to be trained anew"));
    m_compare = action("runCompare", tr("&Compare"), {}, [this] { Q_EMIT compareRequested(selectedRuns()); });
    m_export = action("runExport", tr("&Export…"), {}, [this] { Q_EMIT exportRequested(selectedRuns().constFirst()); });
    m_export->setToolTip(tr("Write this run to one file to share, or its numbers and pictures by themselves"));
    m_showFolder =
        action("runShowFolder", tr("Show &folder"), {}, [this] { m_dialogs.showFile(selectedRuns().constFirst()); });
    m_copyPath = action("runCopyPath", tr("Copy pat&h"), QKeySequence::Copy,
        [this] { QApplication::clipboard()->setText(selectedRuns().join(QLatin1Char('\n'))); });
    m_delete = action("runDelete", tr("Move to the &trash"), QKeySequence::Delete, [this] { throwAway(); });
    m_delete->setToolTip(tr("Move to the trash, from which it can be brought back (Delete)"));
    m_refresh =
        action("runsRefresh", tr("Read the folder &again"), QKeySequence(tr("Shift+F5")), [this] { refresh(); });
}

QWidget* RunsPanel::makeList()
{
    auto* list = new QWidget;
    auto* column = new QVBoxLayout(list);
    column->setContentsMargins(margin, margin, margin / 2, margin);
    column->setSpacing(margin / 2 + 1);

    m_filter->setObjectName(QStringLiteral("runsFilter"));
    m_filter->setPlaceholderText(tr("Find by name, note, preset or state"));
    m_filter->setAccessibleName(m_filter->placeholderText());
    m_filter->setClearButtonEnabled(true);
    m_treeBox->setObjectName(QStringLiteral("runsTree"));
    m_treeBox->setToolTip(tr("Show runs that branched off another below it"));
    auto* top = new QHBoxLayout;
    top->addWidget(m_filter, 1);
    top->addWidget(m_treeBox);
    column->addLayout(top);

    m_table->setObjectName(QStringLiteral("runsTable"));
    m_table->setAccessibleName(tr("Runs"));
    showRuns(m_table, m_filtered);
    m_table->header()->restoreState(QSettings().value(tableKey).toByteArray());
    m_empty->setObjectName(QStringLiteral("runsEmpty"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_shown->addWidget(m_table);
    m_shown->addWidget(m_empty);
    column->addWidget(m_shown, 1);

    m_footer->setObjectName(QStringLiteral("runsFooter"));
    auto* change = pushButton("runsChooseFolder", tr("Change…"), tr("Keep and look for runs in another folder"));
    auto* bottom = new QHBoxLayout;
    bottom->addWidget(m_footer, 1);
    bottom->addWidget(change);
    column->addLayout(bottom);

    connect(m_filter, &QLineEdit::textChanged, this, &RunsPanel::applyFilter);
    connect(m_treeBox, &QCheckBox::toggled, this, [this](bool tree) {
        QSettings().setValue(treeKey, tree);
        setTree(tree);
    });
    connect(change, &QPushButton::clicked, this, &RunsPanel::chooseFolder);
    connect(m_filtered, &QAbstractItemModel::modelReset, this, [this] {
        m_table->setRootIsDecorated(m_treeBox->isChecked() && m_model->hasBranches());
        m_table->expandAll();
    });
    connect(m_table, &QTreeView::activated, this, &RunsPanel::openSelected);
    connect(m_table, &QTreeView::customContextMenuRequested, this, &RunsPanel::popUp);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsPanel::showSelection);
    return list;
}

QWidget* RunsPanel::makeDetails()
{
    auto* side = new QWidget;
    side->setMinimumWidth(detailsWidth * 3 / 4);
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(margin / 2, margin, margin, margin);
    column->addWidget(m_details, 1);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(margin / 2);
    buttons->addWidget(buttonFor(m_open, "runsOpen", tr("Open")));
    buttons->addWidget(buttonFor(m_compare, "runsCompare", tr("Compare")));
    buttons->addWidget(buttonFor(m_export, "runsExport", tr("Export…")));
    buttons->addWidget(buttonFor(m_delete, "runsDelete", tr("Delete")));
    column->addLayout(buttons);
    connect(
        m_details, &RunDetailsPane::noteChanged, this, [this](const std::filesystem::path& run, const QString& note) {
            changeMarks(run, [&note](RunMarks& marks) { marks.note = note.toStdString(); });
        });
    connect(m_details, &RunDetailsPane::keepChanged, this,
        [this](const std::filesystem::path& run, const std::vector<std::int64_t>& steps) {
            changeMarks(run, [&steps](RunMarks& marks) { marks.keep = steps; });
        });
    return side;
}

void RunsPanel::connectShelf()
{
    connect(&m_shelf, &RunShelf::scanned, this, &RunsPanel::showScan);
    connect(&m_shelf, &RunShelf::failed, this, [this](const QString& why) {
        m_scanned = true;
        m_banner->show(Banner::Kind::Error, why);
        showFooter();
    });
    connect(&m_shelf, &RunShelf::detailsReady, this,
        [this](const std::shared_ptr<const RunDetails>& details, const QImage& grid) {
            m_details->setDetails(*details, grid);
        });
    connect(&m_shelf, &RunShelf::thumbnailReady, m_model, &RunListModel::setThumbnail);
    connect(m_model, &RunListModel::problem, this,
        [this](const QString& what) { m_banner->show(Banner::Kind::Error, what); });
    connect(m_model, &QAbstractItemModel::dataChanged, this, &RunsPanel::showSelection);
    connect(m_banner, &Banner::actionTriggered, this, &RunsPanel::bringBack);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, [this] {
        if (isVisible())
            refresh();
    });
    m_timer.setInterval(lookAgain);
    connect(&m_timer, &QTimer::timeout, this, &RunsPanel::refresh);
}

void RunsPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
    m_timer.start();
    m_table->setFocus();
}

void RunsPanel::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_details->commitNote();
    m_timer.stop();
}

QSize RunsPanel::minimumSizeHint() const
{
    return {leastWidth, leastHeight};
}

void RunsPanel::popUp(const QPoint& place)
{
    if (!m_table->indexAt(place).isValid())
        return;
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("runsMenu"));
    menu->addActions({m_open, m_queue, m_compare, m_export});
    menu->addSeparator();
    menu->addActions({m_rename, m_noteEdit, m_pin});
    menu->addSeparator();
    menu->addActions({m_showFolder, m_copyPath, m_refresh});
    menu->addSeparator();
    menu->addAction(m_delete);
    popUpMenu(menu, m_table->viewport()->mapToGlobal(place));
}

} // namespace saddle
