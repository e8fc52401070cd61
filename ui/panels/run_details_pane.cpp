// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/run_details_pane.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "ui/lab/picture_file.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/number_text.h"

#include <QDateTime>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

constexpr int spacing = 6;
constexpr int notePause = 1000; // milliseconds without a key until a note is written
constexpr int linesOfNote = 3;
constexpr int linesOfList = 5;

int lineHeight(const QWidget* widget)
{
    return widget->fontMetrics().height() + 6;
}

QString timeText(std::int64_t seconds)
{
    return QDateTime::fromSecsSinceEpoch(seconds).toString(QStringLiteral("yyyy-MM-dd hh:mm"));
}

/// A list of layers is cut short.
QString shortText(const Json& value)
{
    return value.is_structured() ? fromUtf8(jsonText(value)) : valueText(value);
}

QLabel* caption(const QString& text)
{
    auto* made = new QLabel(text);
    QFont font = made->font();
    font.setBold(true);
    made->setFont(font);
    return made;
}

} // namespace

RunDetailsPane::RunDetailsPane(QWidget* parent)
    : QWidget(parent)
    , m_title(new ElidedLabel)
    , m_facts(new QLabel)
    , m_grid(new ImageView)
    , m_changesCaption(caption({}))
    , m_changes(new QTableWidget(0, 2))
    , m_note(new QPlainTextEdit)
    , m_checkpointsCaption(caption({}))
    , m_checkpoints(new QListWidget)
    , m_single(new QWidget)
    , m_words(new QLabel)
    , m_shown(new QStackedWidget)
{
    setObjectName(QStringLiteral("runDetails"));
    m_title->setObjectName(QStringLiteral("runTitle"));
    QFont large = m_title->font();
    large.setPointSizeF(large.pointSizeF() * 1.15);
    large.setBold(true);
    m_title->setFont(large);
    m_facts->setObjectName(QStringLiteral("runFacts"));
    m_facts->setWordWrap(true);
    m_facts->setTextFormat(Qt::PlainText);
    m_facts->setForegroundRole(QPalette::PlaceholderText);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_grid->setObjectName(QStringLiteral("runGrid"));
    m_changes->setObjectName(QStringLiteral("runChanges"));
    m_changes->setAccessibleName(tr("Settings that differ from the preset"));
    m_changes->setHorizontalHeaderLabels({tr("Setting"), tr("Value")});
    m_changes->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_changes->horizontalHeader()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    m_changes->horizontalHeader()->hide();
    m_changes->verticalHeader()->hide();
    m_changes->verticalHeader()->setDefaultSectionSize(lineHeight(m_changes));
    m_changes->setShowGrid(false);
    m_changes->setAlternatingRowColors(true);
    m_changes->setSelectionMode(QAbstractItemView::NoSelection);
    m_changes->setFixedHeight(linesOfList * lineHeight(m_changes) + 4);
    m_note->setObjectName(QStringLiteral("runNote"));
    m_note->setAccessibleName(tr("Note"));
    m_note->setPlaceholderText(tr("What this run is about"));
    m_note->setTabChangesFocus(true);
    m_note->setFixedHeight(linesOfNote * m_note->fontMetrics().height() + 14);
    m_note->installEventFilter(this);
    m_checkpoints->setObjectName(QStringLiteral("runCheckpoints"));
    m_checkpoints->setAccessibleName(tr("Checkpoints"));
    m_checkpoints->setToolTip(tr("Ticked ones are kept, whatever is cleared away to save room"));
    m_checkpoints->setAlternatingRowColors(true);
    m_checkpoints->setFixedHeight(linesOfList * lineHeight(m_checkpoints) + 4);
    m_words->setWordWrap(true);
    m_words->setAlignment(Qt::AlignCenter);
    m_words->setForegroundRole(QPalette::PlaceholderText);
    m_words->setObjectName(QStringLiteral("runWords"));

    auto* column = new QVBoxLayout(m_single);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(spacing);
    column->addWidget(m_title);
    column->addWidget(m_facts);
    column->addWidget(m_grid, 1);
    column->addWidget(m_changesCaption);
    column->addWidget(m_changes);
    column->addWidget(caption(tr("Note")));
    column->addWidget(m_note);
    column->addWidget(m_checkpointsCaption);
    column->addWidget(m_checkpoints);
    m_shown->addWidget(m_words);
    m_shown->addWidget(m_single);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_shown);

    m_noteTimer.setSingleShot(true);
    m_noteTimer.setInterval(notePause);
    connect(&m_noteTimer, &QTimer::timeout, this, &RunDetailsPane::commitNote);
    connect(m_note, &QPlainTextEdit::textChanged, &m_noteTimer, qOverload<>(&QTimer::start));
    connect(m_checkpoints, &QListWidget::itemChanged, this, &RunDetailsPane::checkpointChanged);
}

void RunDetailsPane::setWords(const QString& words)
{
    commitNote();
    m_run.reset();
    m_words->setText(words);
    m_shown->setCurrentWidget(m_words);
}

void RunDetailsPane::setRun(const RunSummary& run)
{
    const bool same = m_run && m_run->path == run.path;
    if (!same)
        commitNote();
    m_run = run;
    m_title->setText(fromUtf8(shownName(run.name())));
    m_title->setToolTip(fromUtf8(run.path.string()));
    QStringList facts;
    if (!run.title.empty())
        facts << fromUtf8(run.title);
    if (!run.parentFolder.empty())
        facts
            << tr("Branched off %1 at step %2").arg(fromUtf8(shownName(run.parentFolder)), groupedText(run.parentStep));
    if (run.created > 0)
        facts << tr("Begun %1").arg(timeText(run.created));
    if (!run.problem.empty())
        facts << fromUtf8(run.problem);
    m_facts->setText(facts.join(QLatin1Char('\n')));
    // What is being written stays as it is.
    if (!same || !m_note->hasFocus()) {
        m_note->setPlainText(fromUtf8(run.marks.note));
        m_noteTimer.stop();
    }
    m_note->setEnabled(run.isRun());
    m_shown->setCurrentWidget(m_single);
    if (same)
        return;
    m_grid->clear();
    m_grid->setNote(run.thumbnail.empty() ? tr("No samples were kept") : QString());
    m_grid->setSuggestedName(fromUtf8(run.folder));
    m_changes->setRowCount(0);
    m_checkpoints->clear();
    m_changesCaption->setText(tr("Settings"));
    m_checkpointsCaption->setText(tr("Checkpoints"));
}

void RunDetailsPane::setDetails(const RunDetails& details, const QImage& grid)
{
    if (!m_run || m_run->path != details.path)
        return;
    if (!grid.isNull())
        m_grid->setImage(toImage(grid));
    const QString preset = fromUtf8(m_run->preset);
    m_changesCaption->setText(!details.whyNoChanges.empty() ? tr("Settings: not to be compared with the preset")
            : details.changes.empty()                       ? tr("Settings: all as in %1").arg(preset)
                                                            : tr("Settings other than in %1").arg(preset));
    m_changesCaption->setToolTip(fromUtf8(details.whyNoChanges));
    m_changes->setVisible(!details.changes.empty());
    m_changes->setRowCount(static_cast<int>(details.changes.size()));
    for (int row = 0; row < m_changes->rowCount(); ++row) {
        const ChangedSetting& change = details.changes[static_cast<std::size_t>(row)];
        const QString value = change.before.is_null()
            ? shortText(change.after)
            : tr("%1 → %2").arg(shortText(change.before), shortText(change.after));
        const QString name = fromUtf8(change.section + ": " + change.label);
        for (const auto& [at, text] : {std::pair(0, name), std::pair(1, value)}) {
            auto* item = new QTableWidgetItem(text);
            item->setFlags(Qt::ItemIsEnabled);
            item->setToolTip(name + QLatin1Char('\n') + value);
            m_changes->setItem(row, at, item);
        }
    }
    showCheckpoints(details);
}

void RunDetailsPane::showCheckpoints(const RunDetails& details)
{
    const QSignalBlocker quiet(m_checkpoints);
    m_checkpoints->clear();
    m_checkpointsCaption->setText(details.checkpoints.empty()
            ? tr("No checkpoints")
            : tr("Checkpoints: %1").arg(groupedText(static_cast<std::int64_t>(details.checkpoints.size()))));
    m_checkpoints->setVisible(!details.checkpoints.empty());
    const std::vector<std::int64_t>& keep = m_run->marks.keep;
    for (auto each = details.checkpoints.rbegin(); each != details.checkpoints.rend(); ++each) {
        QString text = tr("Step %1  ·  %2  ·  %3")
                           .arg(groupedText(each->step), fromUtf8(sizeText(each->bytes)), timeText(each->saved));
        if (each->best)
            text += tr("  ·  best");
        auto* item = new QListWidgetItem(text, m_checkpoints);
        item->setData(Qt::UserRole, static_cast<qlonglong>(each->step));
        item->setCheckState(std::binary_search(keep.begin(), keep.end(), each->step) ? Qt::Checked : Qt::Unchecked);
    }
}

void RunDetailsPane::checkpointChanged(const QListWidgetItem* item)
{
    if (!m_run)
        return;
    std::vector<std::int64_t> steps = m_run->marks.keep;
    const std::int64_t step = item->data(Qt::UserRole).toLongLong();
    std::erase(steps, step);
    if (item->checkState() == Qt::Checked)
        steps.push_back(step);
    Q_EMIT keepChanged(m_run->path, steps);
}

void RunDetailsPane::commitNote()
{
    m_noteTimer.stop();
    if (!m_run || !m_run->isRun())
        return;
    const QString note = m_note->toPlainText();
    if (note == fromUtf8(m_run->marks.note))
        return;
    m_run->marks.note = note.toStdString();
    Q_EMIT noteChanged(m_run->path, note);
}

void RunDetailsPane::editNote()
{
    m_note->setFocus(Qt::ShortcutFocusReason);
    m_note->moveCursor(QTextCursor::End);
}

bool RunDetailsPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_note && event->type() == QEvent::FocusOut)
        commitNote();
    return QWidget::eventFilter(watched, event);
}

} // namespace saddle
