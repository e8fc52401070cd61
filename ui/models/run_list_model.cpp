// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_list_model.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/number_text.h"

#include <QDateTime>

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

QString timeText(std::int64_t seconds)
{
    return seconds > 0 ? QDateTime::fromSecsSinceEpoch(seconds).toString(QStringLiteral("yyyy-MM-dd hh:mm"))
                       : QString();
}

QString lossText(double loss)
{
    return std::isnan(loss) ? QStringLiteral("–") : groupingLocale().toString(loss, 'g', 3);
}

bool isNumber(int column)
{
    return column == RunListModel::StepsColumn || column == RunListModel::TimeColumn
        || column == RunListModel::DiscriminatorColumn || column == RunListModel::GeneratorColumn
        || column == RunListModel::SizeColumn;
}

} // namespace

RunListModel::RunListModel(QObject* parent)
    : QAbstractItemModel(parent)
{
}

QString RunListModel::pathOf(const RunSummary& run)
{
    return QString::fromStdString(run.path.string());
}

void RunListModel::setRuns(std::vector<RunSummary> runs)
{
    const bool same = std::equal(
        runs.begin(), runs.end(), m_runs.begin(), m_runs.end(), [](const RunSummary& one, const RunSummary& other) {
            return one.path == other.path && one.parentFolder == other.parentFolder;
        });
    if (!same) {
        beginResetModel();
        m_runs = std::move(runs);
        arrange();
        endResetModel();
        return;
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool changed = runs[i].stamp != m_runs[i].stamp || runs[i].locked != m_runs[i].locked;
        m_runs[i] = std::move(runs[i]);
        const QModelIndex first = createIndex(m_nodes[i].row, 0, static_cast<quintptr>(i));
        if (changed)
            Q_EMIT dataChanged(first, first.siblingAtColumn(ColumnCount - 1));
    }
}

void RunListModel::setTree(bool tree)
{
    if (tree == m_tree)
        return;
    beginResetModel();
    m_tree = tree;
    arrange();
    endResetModel();
}

bool RunListModel::hasBranches() const
{
    return std::any_of(m_runs.begin(), m_runs.end(), [](const RunSummary& run) { return !run.parentFolder.empty(); });
}

void RunListModel::setOpenRun(const std::filesystem::path& run)
{
    if (run == m_openRun)
        return;
    for (const std::filesystem::path& path : {std::exchange(m_openRun, run), run}) {
        if (const QModelIndex index = indexOf(path); index.isValid())
            Q_EMIT dataChanged(index.siblingAtColumn(StateColumn), index.siblingAtColumn(StateColumn));
    }
}

void RunListModel::setThumbnail(const QString& path, const QImage& thumbnail)
{
    m_thumbnails.insert(path, thumbnail);
    if (const QModelIndex index = indexOf(path.toStdString()); index.isValid())
        Q_EMIT dataChanged(index, index, {ThumbnailRole});
}

/// The run that another stands below, or -1. Runs that claim to be each other's parents stand at the top.
int RunListModel::parentOf(int run, const std::map<std::string, int>& byFolder) const
{
    const auto above = [&](int of) {
        const auto found = byFolder.find(m_runs[static_cast<std::size_t>(of)].parentFolder);
        return found == byFolder.end() ? -1 : found->second;
    };
    const int parent = above(run);
    std::size_t steps = 0;
    for (int at = parent; at >= 0; at = above(at)) {
        if (at == run || ++steps > m_runs.size())
            return -1;
    }
    return parent;
}

void RunListModel::arrange()
{
    m_nodes.assign(m_runs.size(), {});
    m_top.clear();
    std::map<std::string, int> byFolder;
    for (std::size_t i = 0; i < m_runs.size() && m_tree; ++i)
        byFolder.emplace(m_runs[i].folder, static_cast<int>(i));
    for (std::size_t i = 0; i < m_runs.size(); ++i) {
        Node& node = m_nodes[i];
        node.parent = m_tree ? parentOf(static_cast<int>(i), byFolder) : -1;
        std::vector<int>& beside = node.parent < 0 ? m_top : m_nodes[static_cast<std::size_t>(node.parent)].children;
        node.row = static_cast<int>(beside.size());
        beside.push_back(static_cast<int>(i));
    }
}

const RunSummary& RunListModel::runAt(const QModelIndex& index) const
{
    return m_runs[static_cast<std::size_t>(nodeOf(index))];
}

QModelIndex RunListModel::indexOf(const std::filesystem::path& run) const
{
    for (std::size_t i = 0; i < m_runs.size(); ++i) {
        if (m_runs[i].path == run)
            return createIndex(m_nodes[i].row, NameColumn, static_cast<quintptr>(i));
    }
    return {};
}

bool RunListModel::mark(const QModelIndex& index, const RunMarks& marks)
{
    RunSummary& run = m_runs[static_cast<std::size_t>(nodeOf(index))];
    if (const Status written = writeMarks(run.path, marks); !written) {
        Q_EMIT problem(fromUtf8(written.error().sentence()));
        return false;
    }
    run.marks = readMarks(run.path);
    Q_EMIT dataChanged(index.siblingAtColumn(0), index.siblingAtColumn(ColumnCount - 1));
    return true;
}

const std::vector<int>& RunListModel::childrenOf(const QModelIndex& parent) const
{
    return parent.isValid() ? m_nodes[static_cast<std::size_t>(nodeOf(parent))].children : m_top;
}

QModelIndex RunListModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, static_cast<quintptr>(childrenOf(parent)[static_cast<std::size_t>(row)]));
}

QModelIndex RunListModel::parent(const QModelIndex& child) const
{
    if (!child.isValid())
        return {};
    const int parent = m_nodes[static_cast<std::size_t>(nodeOf(child))].parent;
    if (parent < 0)
        return {};
    return createIndex(m_nodes[static_cast<std::size_t>(parent)].row, 0, static_cast<quintptr>(parent));
}

int RunListModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(childrenOf(parent).size());
}

int RunListModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

QString RunListModel::stateText(const RunSummary& run) const
{
    const bool elsewhere = run.locked && run.path != m_openRun;
    switch (run.state) {
    case RunState::Running:
        return elsewhere ? tr("Running elsewhere") : tr("Running");
    case RunState::Paused:
        return elsewhere ? tr("Paused elsewhere") : tr("Paused");
    case RunState::Finished:
        return tr("Finished");
    case RunState::Stopped:
        return tr("Stopped");
    case RunState::Interrupted:
        return tr("Interrupted");
    case RunState::Damaged:
        return tr("Damaged");
    case RunState::Foreign:
        break;
    }
    return tr("No run");
}

QString RunListModel::text(const RunSummary& run, int column) const
{
    if (column == NameColumn)
        return fromUtf8(shownName(run.name()));
    if (column == StateColumn)
        return stateText(run);
    if (!run.isRun())
        return {};
    switch (column) {
    case PresetColumn:
        return fromUtf8(run.preset);
    case StepsColumn:
        return run.wantedSteps > 0 ? tr("%1 of %2").arg(groupedText(run.step), groupedText(run.wantedSteps))
                                   : groupedText(run.step);
    case TimeColumn:
        return fromUtf8(durationText(run.seconds));
    case DiscriminatorColumn:
        return lossText(run.discriminatorLoss);
    case GeneratorColumn:
        return lossText(run.generatorLoss);
    case ChangedColumn:
        return timeText(run.changed);
    case SizeColumn:
        return fromUtf8(sizeText(run.bytes));
    default:
        return {};
    }
}

QVariant RunListModel::sortValue(const RunSummary& run, int column) const
{
    // What has no number is behind all that have one.
    const auto number = [](double value) { return std::isnan(value) ? HUGE_VAL : value; };
    switch (column) {
    case StepsColumn:
        return static_cast<qlonglong>(run.step);
    case TimeColumn:
        return run.seconds;
    case DiscriminatorColumn:
        return number(run.discriminatorLoss);
    case GeneratorColumn:
        return number(run.generatorLoss);
    case ChangedColumn:
        return static_cast<qlonglong>(run.changed);
    case SizeColumn:
        return static_cast<qlonglong>(run.bytes);
    default:
        return text(run, column).toLower();
    }
}

QString RunListModel::toolTip(const RunSummary& run) const
{
    if (!run.problem.empty())
        return fromUtf8(run.problem);
    QStringList lines{fromUtf8(shownName(run.folder))};
    if (!run.title.empty())
        lines << fromUtf8(run.title);
    if (!run.parentFolder.empty())
        lines
            << tr("Branched off %1 at step %2").arg(fromUtf8(shownName(run.parentFolder)), groupedText(run.parentStep));
    if (!run.marks.note.empty())
        lines << QString() << fromUtf8(run.marks.note);
    return lines.join(QLatin1Char('\n'));
}

QVariant RunListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const RunSummary& run = runAt(index);
    switch (role) {
    case Qt::DisplayRole:
        return text(run, index.column());
    case Qt::EditRole:
        return index.column() == NameColumn ? fromUtf8(run.name()) : text(run, index.column());
    case Qt::ToolTipRole:
        return toolTip(run);
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignVCenter | (isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft));
    case Qt::AccessibleDescriptionRole:
        return toolTip(run);
    case SortRole:
        return sortValue(run, index.column());
    case WordsRole:
        return QStringList{text(run, NameColumn), fromUtf8(shownName(run.folder)), fromUtf8(run.marks.note),
            fromUtf8(run.preset), fromUtf8(run.title), stateText(run)}
            .join(QLatin1Char(' '));
    case NoteRole:
        return fromUtf8(run.marks.note);
    case PinnedRole:
        return run.marks.pinned;
    case QuietRole:
        return run.state == RunState::Foreign || run.state == RunState::Damaged;
    case ThumbnailRole:
        return m_thumbnails.value(pathOf(run));
    case StateRole:
        return static_cast<int>(run.state);
    default:
        return {};
    }
}

bool RunListModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !(flags(index) & Qt::ItemIsEditable))
        return false;
    RunMarks marks = runAt(index).marks;
    const QString name = value.toString().trimmed();
    marks.name = name == fromUtf8(runAt(index).folder) ? std::string() : name.toStdString();
    return marks.name == runAt(index).marks.name || mark(index, marks);
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant(Qt::AlignVCenter | (isNumber(section) ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("Run");
    case PresetColumn:
        return tr("Preset");
    case StateColumn:
        return tr("State");
    case StepsColumn:
        return tr("Steps");
    case TimeColumn:
        return tr("Time");
    case DiscriminatorColumn:
        return tr("D loss");
    case GeneratorColumn:
        return tr("G loss");
    case ChangedColumn:
        return tr("Changed");
    case SizeColumn:
        return tr("Size");
    default:
        return {};
    }
}

Qt::ItemFlags RunListModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    const bool editable = index.column() == NameColumn && runAt(index).isRun();
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | (editable ? Qt::ItemIsEditable : Qt::NoItemFlags);
}

RunFilterModel::RunFilterModel(RunListModel* runs, QObject* parent)
    : QSortFilterProxyModel(parent)
{
    setSourceModel(runs);
    setSortRole(RunListModel::SortRole);
    setRecursiveFilteringEnabled(true);
}

void RunFilterModel::setWords(const QString& words)
{
    m_words = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

bool RunFilterModel::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    const QString all = sourceModel()->index(row, 0, parent).data(RunListModel::WordsRole).toString();
    return std::all_of(m_words.begin(), m_words.end(),
        [&all](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
}

bool RunFilterModel::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const bool pinned = left.data(RunListModel::PinnedRole).toBool();
    if (pinned != right.data(RunListModel::PinnedRole).toBool())
        return pinned == (sortOrder() == Qt::AscendingOrder);
    return QSortFilterProxyModel::lessThan(left, right);
}

} // namespace saddle
