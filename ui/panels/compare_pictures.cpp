// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/compare_pictures.h"

#include "ui/plots/tool_row_layout.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/wipe_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int mostInARow = 4;

QString stepText(std::int64_t step)
{
    return xText(static_cast<double>(step), XAxis::Step);
}

} // namespace

ComparePictures::ComparePictures(const ComparedRuns* runs, QWidget* parent)
    : QWidget(parent)
    , m_runs(runs)
    , m_time(new QSlider(Qt::Horizontal))
    , m_timeText(new QLabel)
    , m_together(new QCheckBox(tr("&Same step for all")))
    , m_wipeButton(pushButton("compareWipe", tr("&Wipe"), tr("Two grids over each other, with a divider between them")))
    , m_first(new QComboBox)
    , m_second(new QComboBox)
    , m_stack(new QStackedWidget)
    , m_sides(new QWidget)
    , m_grid(new QGridLayout(m_sides))
    , m_wipe(new WipeView)
    , m_empty(new QLabel(tr("None of these runs kept a grid.")))
{
    m_time->setObjectName(QStringLiteral("compareTime"));
    m_time->setAccessibleName(tr("Step of the grids"));
    m_timeText->setObjectName(QStringLiteral("compareTimeText"));
    m_together->setObjectName(QStringLiteral("compareTogether"));
    m_together->setChecked(true);
    m_together->setToolTip(tr("One slider for all runs; without it each has its own"));
    m_wipeButton->setCheckable(true);
    m_first->setObjectName(QStringLiteral("wipeFirst"));
    m_second->setObjectName(QStringLiteral("wipeSecond"));
    m_first->setAccessibleName(tr("Left of the divider"));
    m_second->setAccessibleName(tr("Right of the divider"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(2);
    for (QWidget* page : {m_sides, static_cast<QWidget*>(m_wipe), static_cast<QWidget*>(m_empty)})
        m_stack->addWidget(page);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(makeTools());
    column->addWidget(m_stack, 1);

    m_decode.setSingleShot(true);
    m_decode.setInterval(0);
    connect(&m_decode, &QTimer::timeout, this, &ComparePictures::present);
    const auto again = [this] { m_decode.start(); };
    connect(m_time, &QSlider::valueChanged, this, again);
    connect(m_wipeButton, &QPushButton::toggled, this, again);
    connect(m_together, &QCheckBox::toggled, this, again);
    for (QComboBox* choice : {m_first, m_second})
        connect(choice, &QComboBox::currentIndexChanged, this, again);
}

QWidget* ComparePictures::makeTools()
{
    auto* tools = new QWidget;
    auto* row = new ToolRowLayout(tools);
    row->setContentsMargins(margin, 4, margin, 4);
    const auto together = [row](const std::vector<QWidget*>& widgets) {
        auto* group = new QWidget;
        auto* layout = new QHBoxLayout(group);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(6);
        for (QWidget* widget : widgets)
            layout->addWidget(widget);
        row->addWidget(group);
        return group;
    };
    m_timeText->setMinimumWidth(m_timeText->fontMetrics().horizontalAdvance(tr("Step %1").arg(stepText(999999))));
    m_time->setMinimumWidth(120);
    together({m_timeText, m_time})->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    together({m_together, m_wipeButton, m_first, m_second});
    return tools;
}

void ComparePictures::setSaveDialog(const SaveDialog& dialog)
{
    m_saveDialog = dialog;
    m_wipe->leftView()->setSaveDialog(dialog);
    m_wipe->rightView()->setSaveDialog(dialog);
    for (const Cell& cell : m_cells)
        cell.view->setSaveDialog(dialog);
}

void ComparePictures::rebuild(const std::vector<bool>& shown)
{
    m_shown = shown;
    const bool atEnd = m_steps.empty() || m_time->value() == m_time->maximum();
    const std::int64_t step = atEnd ? 0 : m_steps[static_cast<std::size_t>(m_time->value())];
    std::set<std::int64_t> steps;
    QStringList names;
    for (std::size_t i = 0; i < m_runs->runs().size(); ++i) {
        if (!m_shown[i])
            continue;
        const ComparedRun& run = m_runs->runs()[i];
        names << QStringLiteral("%1  %2").arg(run.letter, run.name);
        for (const auto& grid : run.grids)
            steps.insert(grid.first);
    }
    m_steps.assign(steps.begin(), steps.end());
    {
        const QSignalBlocker quiet(m_time);
        const auto last = static_cast<int>(m_steps.size()) - 1;
        m_time->setRange(0, std::max(0, last));
        m_time->setPageStep(std::max(1, last / 10));
        const auto at = std::lower_bound(m_steps.begin(), m_steps.end(), step);
        m_time->setValue(atEnd ? last : static_cast<int>(at - m_steps.begin()));
    }
    for (QComboBox* choice : {m_first, m_second}) {
        const QSignalBlocker quiet(choice);
        const QString before = choice->currentText();
        choice->clear();
        choice->addItems(names);
        const auto kept = static_cast<int>(names.indexOf(before));
        choice->setCurrentIndex(kept >= 0 ? kept : choice == m_first ? 0 : std::min<int>(1, choice->count() - 1));
    }
    makeCells();
    present();
}

void ComparePictures::makeCells()
{
    while (QLayoutItem* item = m_grid->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_cells.clear();
    for (std::size_t i = 0; i < m_runs->runs().size(); ++i) {
        if (!m_shown[i])
            continue;
        m_cells.emplace_back().run = i;
    }
    const int count = static_cast<int>(m_cells.size());
    const int rows = std::max(1, (count + mostInARow - 1) / mostInARow);
    const int columns = std::max(1, (count + rows - 1) / rows);
    for (std::size_t i = 0; i < m_cells.size(); ++i) {
        Cell& cell = m_cells[i];
        const ComparedRun& run = m_runs->runs()[cell.run];
        auto* side = new QWidget;
        auto* column = new QVBoxLayout(side);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(2);
        cell.caption = new ElidedLabel;
        cell.caption->setAlignment(Qt::AlignCenter);
        cell.caption->setContentsMargins(margin, 3, margin, 2);
        cell.view = new ImageView;
        cell.view->setObjectName(QStringLiteral("compareGrid_") + run.letter);
        cell.view->setAccessibleName(tr("Grid of %1").arg(run.name));
        cell.view->setSaveDialog(m_saveDialog);
        cell.view->setNote(run.grids.empty() ? tr("This run kept no grid") : QString());
        cell.time = new QSlider(Qt::Horizontal);
        cell.time->setObjectName(QStringLiteral("compareTime_") + run.letter);
        cell.time->setAccessibleName(tr("Step of the grid of %1").arg(run.name));
        cell.time->setRange(0, std::max(0, static_cast<int>(run.grids.size()) - 1));
        cell.time->setValue(cell.time->maximum());
        cell.time->setContentsMargins(margin, 0, margin, 0);
        column->addWidget(cell.caption);
        column->addWidget(cell.view, 1);
        column->addWidget(cell.time);
        m_grid->addWidget(side, static_cast<int>(i) / columns, static_cast<int>(i) % columns);
        connect(cell.view, &ImageView::problem, this, &ComparePictures::problem);
        connect(cell.time, &QSlider::valueChanged, this, [this] { m_decode.start(); });
    }
    // One zoom and one place for all.
    for (const Cell& from : m_cells) {
        for (const Cell& to : m_cells) {
            if (from.view == to.view)
                continue;
            connect(from.view, &ImageView::zoomChanged, to.view, [view = to.view](int zoom) {
                const QSignalBlocker quiet(view);
                view->setZoom(zoom);
            });
            connect(from.view, &ImageView::centreChanged, to.view, &ImageView::setCentre);
        }
    }
}

bool ComparePictures::wipes() const
{
    return m_wipeButton->isChecked() && m_cells.size() >= 2;
}

void ComparePictures::present()
{
    const bool two = m_cells.size() >= 2;
    m_wipeButton->setEnabled(two);
    m_wipeButton->setToolTip(
        two ? tr("Two grids over each other, with a divider between them") : tr("A wipe needs two runs"));
    for (QComboBox* choice : {m_first, m_second})
        choice->setVisible(wipes());
    m_time->setEnabled(m_together->isChecked() && m_steps.size() > 1);
    m_timeText->setText(m_steps.empty() ? tr("No grids")
            : m_together->isChecked() ? tr("Step %1").arg(stepText(m_steps[static_cast<std::size_t>(m_time->value())]))
                                      : tr("Each its own"));
    for (Cell& cell : m_cells) {
        const ComparedRun& run = m_runs->runs()[cell.run];
        cell.time->setVisible(!m_together->isChecked());
        if (m_together->isChecked() && !m_steps.empty()) {
            const QSignalBlocker quiet(cell.time); // where its own slider begins, once it is asked for
            cell.time->setValue(run.gridAt(m_steps[static_cast<std::size_t>(m_time->value())]));
        }
        cell.grid = run.grids.empty() ? -1 : cell.time->value();
        showGrid(cell);
    }
    updateCaptions();
    if (m_steps.empty())
        m_stack->setCurrentWidget(m_empty);
    else if (wipes())
        showWipe();
    else
        m_stack->setCurrentWidget(m_sides);
}

void ComparePictures::showGrid(Cell& cell)
{
    if (cell.grid < 0)
        return;
    const auto& [step, file] = m_runs->runs()[cell.run].grids[static_cast<std::size_t>(cell.grid)];
    if (file == cell.file)
        return;
    cell.file = file;
    Result<Image> image = readPng(file);
    if (!image) {
        cell.image = {};
        cell.view->setNote(tr("This grid cannot be read"));
        Q_EMIT problem(QString::fromStdString(image.error().sentence()));
    } else {
        cell.image = *std::move(image);
    }
    cell.view->setImage(cell.image);
    cell.view->setPngText({{"Title", "step " + std::to_string(step)}, {"Software", "Saddle"}});
    cell.view->setSuggestedName(
        QStringLiteral("%1-%2").arg(m_runs->runs()[cell.run].name, QString::fromStdString(stepName(step))));
}

void ComparePictures::showWipe()
{
    const auto chosen = [this](const QComboBox* choice) -> const Cell& {
        return m_cells[static_cast<std::size_t>(
            std::clamp(choice->currentIndex(), 0, static_cast<int>(m_cells.size()) - 1))];
    };
    m_wipe->setImages(chosen(m_first).image, chosen(m_second).image);
    m_wipe->setNotes(tr("No grid"), tr("No grid"));
    m_stack->setCurrentWidget(m_wipe);
}

void ComparePictures::updateCaptions()
{
    for (const Cell& cell : m_cells) {
        const ComparedRun& run = m_runs->runs()[cell.run];
        const QString step = cell.grid < 0
            ? QString()
            : tr(" \u00b7 step %1").arg(stepText(run.grids[static_cast<std::size_t>(cell.grid)].first));
        cell.caption->setText(QStringLiteral("%1  %2%3").arg(run.letter, run.name, step));
        cell.caption->setToolTip(QString::fromStdString(run.folder.string()));
        QPalette colours; // this role alone; the others stay the application's
        colours.setColor(QPalette::WindowText, seriesColour(run.colour, palette()));
        cell.caption->setPalette(colours);
    }
}

void ComparePictures::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        updateCaptions();
    QWidget::changeEvent(event);
}

} // namespace saddle
