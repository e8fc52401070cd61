// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/experiment_panel.h"

#include "ui/panels/experiment_section.h"
#include "ui/panels/preset_chooser.h"
#include "ui/panels/section_group.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/note_label.h"

#include <QAbstractButton>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

constexpr int narrowest = 280;
constexpr int margin = 8;

/// Unfolded until the user says otherwise: what is learnt and how. The rest fits below as one line each.
const QStringList& firstUnfolded()
{
    static const QStringList paths{QStringLiteral("data"), QStringLiteral("objective")};
    return paths;
}

} // namespace

ExperimentPanel::ExperimentPanel(ExperimentDocument* document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_presets(new PresetChooser(document, this))
    , m_banner(new Banner(this, Banner::Button::Below))
    , m_filter(new QLineEdit(this))
    , m_scroll(new QScrollArea(this))
    , m_nothing(new QLabel(this))
    , m_factsTimer(new QTimer(this))
    , m_warnings(new NoteLabel(this))
{
    setObjectName(QStringLiteral("experimentPanel"));
    setMinimumWidth(narrowest);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHead());

    m_scroll->setObjectName(QStringLiteral("experimentScroll"));
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    // Always there, so that nothing moves sideways when a section unfolds.
    m_scroll->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    auto* content = new QWidget;
    m_sectionsLayout = new QVBoxLayout(content);
    m_sectionsLayout->setContentsMargins(0, 0, 0, 0);
    m_sectionsLayout->setSpacing(2);
    m_sectionsLayout->addStretch(1);
    m_scroll->setWidget(content);
    column->addWidget(m_scroll, 1);

    for (const QString& path : firstUnfolded())
        m_expanded.insert(path, true);
    m_factsTimer->setSingleShot(true);
    m_factsTimer->setInterval(0); // a file is looked at once for all changes of one turn of the loop
    connect(m_factsTimer, &QTimer::timeout, this, &ExperimentPanel::refreshFacts);
    connect(m_presets, &PresetChooser::chosen, this, &ExperimentPanel::presetChosen);
    connect(m_presets, &PresetChooser::queueRequested, this, &ExperimentPanel::presetQueued);
    connect(m_filter, &QLineEdit::textChanged, this, &ExperimentPanel::applyFilter);
    connect(m_banner, &Banner::actionTriggered, this, &ExperimentPanel::restartRequested);
    connect(m_banner, &Banner::dismissed, this, &ExperimentPanel::clearError);
    connect(m_document, &ExperimentDocument::changed, this, &ExperimentPanel::refresh);
    connect(m_document, &ExperimentDocument::loaded, this, [this] {
        m_running = Json();
        m_runningGiven = false;
        m_restartLabels.clear();
        m_error.clear();
        refresh();
        setWarnings({});
        refreshFacts();
        refreshBanner();
    });
    refresh();
    refreshFacts();
}

void ExperimentPanel::reloadPresets()
{
    m_presets->reload();
}

QWidget* ExperimentPanel::makeHead()
{
    m_banner->setObjectName(QStringLiteral("experimentBanner"));
    m_filter->setObjectName(QStringLiteral("settingFilter"));
    m_filter->setPlaceholderText(tr("Find a setting"));
    m_filter->setAccessibleName(tr("Find a setting"));
    m_filter->setClearButtonEnabled(true);
    m_nothing->setObjectName(QStringLiteral("nothingFound"));
    m_nothing->setText(tr("No setting is called so."));
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->setForegroundRole(QPalette::PlaceholderText);
    m_nothing->hide();

    auto* head = new QWidget(this);
    auto* column = new QVBoxLayout(head);
    column->setContentsMargins(margin, margin, margin, margin);
    column->setSpacing(6);
    m_warnings->setObjectName(QStringLiteral("experimentWarnings"));
    column->addWidget(m_presets);
    column->addWidget(m_banner);
    column->addWidget(m_warnings);
    column->addWidget(m_filter);
    column->addWidget(m_nothing);
    return head;
}

ExperimentSection* ExperimentPanel::sectionAt(const QString& path) const
{
    const auto found = std::find_if(m_sections.begin(), m_sections.end(),
        [&path](const ExperimentSection* section) { return section->path() == path; });
    return found == m_sections.end() ? nullptr : *found;
}

SectionGroup* ExperimentPanel::groupOf(const ExperimentSection* section) const
{
    const auto found = std::find_if(m_groups.begin(), m_groups.end(), [section](const SectionGroup* group) {
        const std::vector<ExperimentSection*>& members = group->sections();
        return std::find(members.begin(), members.end(), section) != members.end();
    });
    return found == m_groups.end() ? nullptr : *found;
}

ExperimentSection* ExperimentPanel::makeSection(const Section& section)
{
    const auto waiting = [this](const QString& path, const Parameter& parameter) { return waits(path, parameter); };
    auto* made = new ExperimentSection(m_document, section, waiting, m_scroll->widget());
    const QString path = made->path();
    if (m_browse)
        made->form()->setBrowse(m_browse);
    made->setExpanded(m_expanded.value(path, false));
    connect(made, &CollapsibleSection::toggledByUser, this, [this, path](bool expanded) {
        if (m_filter->text().trimmed().isEmpty())
            m_expanded[path] = expanded;
    });
    connect(made, &ExperimentSection::editNetworkRequested, this, &ExperimentPanel::editNetworkRequested);
    connect(made, &ExperimentSection::dataCheckRequested, this, [this] {
        checkData();
        Q_EMIT dataCheckRequested();
    });
    return made;
}

void ExperimentPanel::refresh()
{
    const std::vector<Section> wanted = m_document->sections();
    std::vector<ExperimentSection*> shown;
    bool fresh = wanted.size() != m_sections.size();
    for (const Section& section : wanted) {
        ExperimentSection* view = sectionAt(fromUtf8(section.path));
        fresh = fresh || !view;
        if (view)
            view->setSection(section);
        else
            view = makeSection(section);
        shown.push_back(view);
    }
    for (ExperimentSection* old : m_sections) {
        if (std::find(shown.begin(), shown.end(), old) != shown.end())
            continue;
        for (ParameterRow* row : old->form()->rows())
            row->blockSignals(true);
        old->hide();
        old->setParent(nullptr);
        old->deleteLater();
    }
    m_sections = std::move(shown);
    place(wanted, m_sections);
    if (fresh || !m_filter->text().isEmpty())
        applyFilter();
    orderTabs();
    m_factsTimer->start();
}

/// Puts the sections below each other, those of a group into its card.
void ExperimentPanel::place(const std::vector<Section>& sections, const std::vector<ExperimentSection*>& views)
{
    int at = 0;
    const auto put = [this, &at](QWidget* widget) {
        if (m_sectionsLayout->indexOf(widget) != at)
            m_sectionsLayout->insertWidget(at, widget);
        ++at;
    };
    std::vector<std::pair<SectionGroup*, std::vector<ExperimentSection*>>> groups;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        if (sections[i].group.empty()) {
            put(views[i]);
            continue;
        }
        SectionGroup* group = groupCalled(fromUtf8(sections[i].group));
        if (groups.empty() || groups.back().first != group) {
            groups.emplace_back(group, std::vector<ExperimentSection*>());
            put(group);
        }
        groups.back().second.push_back(views[i]);
    }
    for (const auto& [group, members] : groups)
        group->setSections(members);
}

SectionGroup* ExperimentPanel::groupCalled(const QString& name)
{
    const auto found = std::find_if(
        m_groups.begin(), m_groups.end(), [&name](const SectionGroup* group) { return group->title() == name; });
    if (found != m_groups.end())
        return *found;
    auto* made = new SectionGroup(name, m_scroll->widget());
    made->setExpanded(m_expanded.value(name, false));
    connect(made, &CollapsibleSection::toggledByUser, this, [this, name](bool expanded) {
        if (m_filter->text().trimmed().isEmpty())
            m_expanded[name] = expanded;
    });
    m_groups.push_back(made);
    return made;
}

/// Rows come and go; Tab goes through them as they lie.
void ExperimentPanel::orderTabs()
{
    QWidget* before = m_filter;
    const auto then = [&before](QWidget* next) {
        if (!next)
            return;
        setTabOrder(before, next);
        before = next;
    };
    const SectionGroup* current = nullptr;
    for (const ExperimentSection* section : m_sections) {
        if (const SectionGroup* group = groupOf(section); group && group != current) {
            then(group->header());
            current = group;
        }
        then(section->header());
        for (const ParameterRow* row : section->form()->rows()) {
            then(row->control());
            then(row->findChild<QPushButton*>());
            then(row->findChild<QToolButton*>(QStringLiteral("reset_") + row->path()));
        }
        then(section->findChild<QPushButton*>(QStringLiteral("editLayers_") + section->path()));
    }
}

void ExperimentPanel::refreshFacts()
{
    m_factsTimer->stop();
    const Result<DataHeader> header = m_document->dataHeader();
    for (ExperimentSection* section : m_sections)
        section->refreshFacts(header);
}

void ExperimentPanel::checkData()
{
    refreshFacts();
}

bool ExperimentPanel::waits(const QString& path, const Parameter& parameter) const
{
    if (m_running.is_null() || parameter.applies != Applies::Restart)
        return false;
    const Json wanted = m_document->value(path);
    // A default may stand for what the engine settles itself (device, threads), and then differs without an edit.
    if (wanted == parameter.defaultValue && !m_document->isChanged(path))
        return false;
    const Json* inForce = findPath(m_running, path.toStdString());
    return !inForce || *inForce != wanted;
}

void ExperimentPanel::setRunning(bool running)
{
    if (!running || !m_running.is_null())
        return;
    m_running = m_document->json();
    refresh();
}

void ExperimentPanel::setRunningDocument(const Json& document)
{
    m_runningGiven = !document.is_null();
    if (m_running == document)
        return;
    m_running = document;
    refresh();
}

void ExperimentPanel::setRestartNeeded(const QStringList& labels)
{
    if (labels == m_restartLabels)
        return;
    m_restartLabels = labels;
    if (labels.isEmpty() && !m_running.is_null() && !m_runningGiven) {
        m_running = m_document->json();
        refresh();
    }
    refreshBanner();
}

void ExperimentPanel::setWarnings(const QStringList& warnings)
{
    m_warnings->setText(warnings.join(QLatin1Char('\n')));
    m_warnings->setVisible(!warnings.isEmpty());
}

void ExperimentPanel::showError(const QString& text)
{
    m_error = text;
    refreshBanner();
}

void ExperimentPanel::clearError()
{
    if (m_error.isEmpty())
        return;
    m_error.clear();
    refreshBanner();
}

void ExperimentPanel::refreshBanner()
{
    if (!m_error.isEmpty()) {
        m_banner->show(Banner::Kind::Error, m_error);
        return;
    }
    if (m_restartLabels.isEmpty()) {
        m_banner->clear();
        return;
    }
    constexpr qsizetype named = 3;
    QString names = m_restartLabels.mid(0, named).join(QStringLiteral(", "));
    if (m_restartLabels.size() > named)
        names += QStringLiteral(", …");
    const QString text = m_restartLabels.size() == 1
        ? tr("1 change needs a restart: %1").arg(names)
        : tr("%1 changes need a restart: %2").arg(m_restartLabels.size()).arg(names);
    m_banner->show(Banner::Kind::Warning, text, tr("Restart with changes"));
}

void ExperimentPanel::applyFilter()
{
    const QStringList words = m_filter->text().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    bool any = false;
    const auto unfold = [this, &words](CollapsibleSection* section, const QString& key, bool found) {
        section->setVisible(found);
        section->setExpanded(words.isEmpty() ? m_expanded.value(key, false) : found);
    };
    for (ExperimentSection* section : m_sections) {
        const bool found = section->setFilter(words);
        if (groupOf(section))
            section->setVisible(found);
        else
            unfold(section, section->path(), found);
        any = any || found;
    }
    for (SectionGroup* group : m_groups) {
        const std::vector<ExperimentSection*>& members = group->sections();
        unfold(group, group->title(), std::any_of(members.begin(), members.end(), [](const ExperimentSection* section) {
            return !section->isHidden();
        }));
    }
    m_nothing->setVisible(!any);
}

QStringList ExperimentPanel::expandedSections() const
{
    QStringList paths;
    for (auto it = m_expanded.begin(); it != m_expanded.end(); ++it) {
        if (it.value())
            paths << it.key();
    }
    paths.sort();
    return paths;
}

void ExperimentPanel::setExpandedSections(const QStringList& paths)
{
    m_expanded.clear();
    for (const QString& path : paths)
        m_expanded.insert(path, true);
    applyFilter();
}

void ExperimentPanel::showSetting(const QString& path)
{
    m_filter->clear();
    for (ExperimentSection* section : m_sections) {
        const bool whole = path == section->path();
        if (!whole && !path.startsWith(section->path() + QLatin1Char('.')))
            continue;
        SectionGroup* group = groupOf(section);
        m_expanded[group ? group->title() : section->path()] = true;
        (group ? static_cast<CollapsibleSection*>(group) : section)->setExpanded(true);
        const ParameterRow* row = whole ? nullptr : section->form()->row(path.mid(section->path().size() + 1));
        QWidget* target = row ? row->control() : group ? section->form()->rows().front()->control() : section->header();
        // Where it lies is known once the unfolded section is laid out.
        QTimer::singleShot(0, target, [this, target] { m_scroll->ensureWidgetVisible(target, 0, 60); });
        target->setFocus();
        return;
    }
}

void ExperimentPanel::setBrowse(const BrowseForPath& browse)
{
    m_browse = browse;
    for (ExperimentSection* section : m_sections)
        section->form()->setBrowse(browse);
}

} // namespace saddle
