// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/compare_panel.h"

#include "ui/panels/compare_pictures.h"
#include "ui/panels/run_legend.h"
#include "ui/plots/plot_picture.h"
#include "ui/plots/plots_panel.h"
#include "ui/plots/tool_row_layout.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"

#include <QCheckBox>
#include <QEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeySequence>
#include <QMenu>
#include <QPushButton>
#include <QShortcut>
#include <QTabWidget>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int longestName = 260; ///< pixels of a run's name above

} // namespace

CompareWindow::CompareWindow(const Catalog& catalog, FolderDialog openFolder, SaveDialog saveFile, QWidget* parent)
    : QDialog(parent)
    , m_runs(catalog)
    , m_openFolder(std::move(openFolder))
    , m_saveFile(std::move(saveFile))
    , m_banner(new Banner)
    , m_chips(new QWidget)
    , m_tabs(new QTabWidget)
    , m_plots(new PlotsPanel)
    , m_pictures(new ComparePictures(&m_runs))
    , m_settings(new QTableWidget)
    , m_onlyDiffering(new QCheckBox(tr("&Only those that differ")))
{
    setObjectName(QStringLiteral("compareWindow"));
    setWindowTitle(tr("Compare runs"));
    setWindowFlag(Qt::WindowMinMaxButtonsHint);
    m_banner->setObjectName(QStringLiteral("compareBanner"));
    m_tabs->setObjectName(QStringLiteral("compareTabs"));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_plots, tr("&Curves"));
    m_tabs->addTab(m_pictures, tr("&Pictures"));
    m_tabs->addTab(makeSettings(), tr("Se&ttings"));
    m_plots->setStore(&m_store);
    m_plots->offerEveryAxis();
    m_plots->setSaveDialog(m_saveFile);
    m_pictures->setSaveDialog(m_saveFile);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHeader());
    column->addWidget(m_banner);
    column->addWidget(m_tabs, 1);
    resize(1100, 760);

    connect(m_plots, &PlotsPanel::xAxisChanged, this, [this](XAxis axis) {
        m_runs.fill(m_store, axis);
        m_plots->dataAppended();
    });
    connect(m_plots, &PlotsPanel::problem, this, [this](const QString& what) { say({what}); });
    connect(m_plots, &PlotsPanel::saved, this, &CompareWindow::saved);
    connect(m_pictures, &ComparePictures::problem, this, [this](const QString& what) { say({what}); });
    connect(new QShortcut(QKeySequence::Refresh, this), &QShortcut::activated, this, &CompareWindow::reload);
    rebuild();
}

CompareWindow::~CompareWindow()
{
    // The panel goes after the store.
    m_plots->setStore(nullptr);
}

QWidget* CompareWindow::makeHeader()
{
    auto* header = new QWidget;
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(margin, 5, margin, 5);
    auto* chips = new ToolRowLayout(m_chips);
    chips->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_chips, 1);
    auto* add = pushButton("compareAdd", tr("&Add run\u2026"), tr("Lay another run beside these"));
    auto* again = pushButton("compareReload", tr("&Reload"), tr("Read the runs anew: they may have gone on (F5)"));
    auto* save = pushButton("compareExport", tr("&Export"));
    auto* menu = new QMenu(save);
    menu->addAction(tr("Curves as &PNG\u2026"), this, [this] { askSave(SaveFormat::Png); })
        ->setObjectName(QStringLiteral("compareSavePng"));
    menu->addAction(tr("Curves as &SVG\u2026"), this, [this] { askSave(SaveFormat::Svg); })
        ->setObjectName(QStringLiteral("compareSaveSvg"));
    menu->addAction(tr("All values as &CSV\u2026"), m_plots, &PlotsPanel::askExport)
        ->setObjectName(QStringLiteral("compareSaveCsv"));
    save->setMenu(menu);
    for (QPushButton* button : {add, again, save})
        row->addWidget(button, 0, Qt::AlignTop);
    connect(add, &QPushButton::clicked, this, &CompareWindow::askForRun);
    connect(again, &QPushButton::clicked, this, &CompareWindow::reload);
    return header;
}

QWidget* CompareWindow::makeSettings()
{
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    m_onlyDiffering->setObjectName(QStringLiteral("compareOnlyDiffering"));
    m_onlyDiffering->setChecked(true);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(margin, 5, margin, 3);
    row->addWidget(m_onlyDiffering);
    row->addStretch(1);
    column->addLayout(row);
    m_settings->setObjectName(QStringLiteral("compareSettings"));
    m_settings->setAccessibleName(tr("Settings of the runs"));
    m_settings->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_settings->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_settings->setAlternatingRowColors(true);
    m_settings->setFrameShape(QFrame::NoFrame);
    m_settings->setShowGrid(false);
    m_settings->verticalHeader()->hide();
    m_settings->setWordWrap(false);
    column->addWidget(m_settings, 1);
    connect(m_onlyDiffering, &QCheckBox::toggled, this, &CompareWindow::fillSettings);
    return page;
}

void CompareWindow::addRuns(const QStringList& folders)
{
    QStringList problems;
    for (const QString& folder : folders) {
        if (const Status added = m_runs.add(folder.toStdString()); !added)
            problems << QString::fromStdString(added.error().sentence());
        else
            m_shown.push_back(true);
    }
    rebuild();
    say(problems + m_runs.problems());
}

void CompareWindow::askForRun()
{
    const QString folder = m_openFolder(this, tr("Compare with a run"));
    if (!folder.isEmpty())
        addRuns({folder});
}

void CompareWindow::reload()
{
    m_runs.reload();
    rebuild();
    say(m_runs.problems());
}

void CompareWindow::say(const QStringList& problems)
{
    if (problems.isEmpty())
        m_banner->clear();
    else
        m_banner->show(Banner::Kind::Warning, problems.join(QLatin1Char(' ')));
}

void CompareWindow::rebuild()
{
    fillRuns();
    m_runs.fill(m_store, m_plots->xAxis());
    m_plots->setGroups(m_runs.groups(m_shown));
    m_plots->dataAppended();
    m_pictures->rebuild(m_shown);
    fillSettings();
}

void CompareWindow::fillRuns()
{
    qDeleteAll(m_chips->findChildren<QWidget*>(Qt::FindDirectChildrenOnly));
    for (std::size_t i = 0; i < m_runs.runs().size(); ++i) {
        const ComparedRun& run = m_runs.runs()[i];
        auto* chip = new QWidget;
        auto* row = new QHBoxLayout(chip);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(2);
        const QString shown = fontMetrics().elidedText(run.name, Qt::ElideMiddle, longestName);
        auto* show = new QCheckBox(
            QStringLiteral("%1  %2").arg(run.letter, QString(shown).replace(QLatin1Char('&'), QLatin1String("&&"))));
        show->setObjectName(QStringLiteral("compareShow_") + run.letter);
        show->setToolTip(QString::fromStdString(run.folder.string()));
        show->setIcon(runSwatch(run.colour, palette(), devicePixelRatioF()));
        show->setChecked(m_shown[i]);
        auto* remove = flatButton("", tr("Take this run away"), QStringLiteral("\u00d7"));
        remove->setObjectName(QStringLiteral("compareRemove_") + run.letter);
        remove->setAccessibleName(tr("Take %1 away").arg(run.name));
        row->addWidget(show);
        row->addWidget(remove);
        m_chips->layout()->addWidget(chip);
        connect(show, &QCheckBox::toggled, this, [this, i](bool on) {
            m_shown[i] = on;
            m_plots->setGroups(m_runs.groups(m_shown));
            m_pictures->rebuild(m_shown);
        });
        // Later: the button must not go in the midst of its own click.
        connect(
            remove, &QToolButton::clicked, this,
            [this, i] {
                m_runs.remove(i);
                m_shown.erase(m_shown.begin() + static_cast<std::ptrdiff_t>(i));
                rebuild();
            },
            Qt::QueuedConnection);
    }
}

void CompareWindow::fillSettings()
{
    const std::vector<ComparedRun>& runs = m_runs.runs();
    QStringList titles{tr("Section"), tr("Setting")};
    for (const ComparedRun& run : runs)
        titles << QStringLiteral("%1  %2").arg(
            run.letter, fontMetrics().elidedText(run.name, Qt::ElideMiddle, longestName));
    std::vector<ComparedRuns::Setting> rows = m_runs.facts();
    for (ComparedRuns::Setting& setting : m_runs.settings()) {
        if (setting.differs || !m_onlyDiffering->isChecked())
            rows.push_back(std::move(setting));
    }
    m_settings->clear();
    m_settings->setColumnCount(static_cast<int>(titles.size()));
    m_settings->setHorizontalHeaderLabels(titles);
    m_settings->setRowCount(static_cast<int>(rows.size()));
    for (int row = 0; row < m_settings->rowCount(); ++row) {
        const ComparedRuns::Setting& setting = rows[static_cast<std::size_t>(row)];
        const QStringList cells = QStringList{setting.section, setting.label} + setting.values;
        for (int column = 0; column < cells.size(); ++column) {
            auto* item = new QTableWidgetItem(cells[column]);
            item->setToolTip(cells[column]);
            if (column == 0)
                item->setForeground(palette().color(QPalette::PlaceholderText));
            // Among all settings those that differ are found at a glance.
            if (column > 1 && setting.differs && !m_onlyDiffering->isChecked()) {
                QFont bold = item->font();
                bold.setBold(true);
                item->setFont(bold);
            }
            m_settings->setItem(row, column, item);
        }
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        QTableWidgetItem* head = m_settings->horizontalHeaderItem(static_cast<int>(i) + 2);
        head->setIcon(runSwatch(runs[i].colour, palette(), devicePixelRatioF()));
        head->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    }
    for (int column = 0; column < std::min<int>(2, m_settings->columnCount()); ++column)
        m_settings->horizontalHeaderItem(column)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_settings->resizeColumnsToContents();
    m_settings->horizontalHeader()->setStretchLastSection(true);
}

void CompareWindow::askSave(SaveFormat format)
{
    const Result<QString> file = saveAs(this, m_saveFile, tr("Save the curves"), QStringLiteral("compared-runs"),
        format, [this](const QString& path) { return saveCurves(path); });
    if (!file)
        say({QString::fromStdString(file.error().sentence())});
    else if (!file->isEmpty())
        Q_EMIT saved(*file);
}

Status CompareWindow::saveCurves(const QString& path)
{
    std::vector<CurvePlot*> plots;
    for (CurvePlot* plot : m_plots->plots()) {
        if (!plot->isHidden())
            plots.push_back(plot);
    }
    if (plots.empty())
        return Error{
            tr("there are no curves to save").toStdString(), {}, tr("add a run, or show a plot").toStdString()};
    std::vector<LegendEntry> legend;
    for (std::size_t i = 0; i < m_runs.runs().size(); ++i) {
        const ComparedRun& run = m_runs.runs()[i];
        if (m_shown[i])
            legend.push_back({seriesColour(run.colour, palette()), QStringLiteral("%1  %2").arg(run.letter, run.name)});
    }
    const bool drawing = QFileInfo(path).suffix().compare(QLatin1String("svg"), Qt::CaseInsensitive) == 0;
    return drawing ? saveSvg(path, curvesSvg(plots, legend, palette(), font()))
                   : savePng(path, curvesImage(plots, legend, palette(), font()));
}

void CompareWindow::changeEvent(QEvent* event)
{
    // Swatches are made of the palette.
    if (event->type() == QEvent::PaletteChange && m_chips->layout()) {
        fillRuns();
        fillSettings();
    }
    QDialog::changeEvent(event);
}

} // namespace saddle
