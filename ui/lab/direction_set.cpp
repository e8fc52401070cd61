// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/direction_set.h"

#include "ui/bridge/lab.h"
#include "ui/lab/latent_document.h"

#include <algorithm>

namespace saddle {

namespace {

const std::string searchKey = "directions";
const std::string layersKey = "direction layers";
constexpr std::int64_t parts = 1000; // of a search, for its progress
constexpr std::int64_t fewest = 20; // looked among for those that are known

std::vector<float> stepOf(const Direction& direction)
{
    std::vector<float> step;
    step.reserve(direction.values.size());
    for (const double value : direction.values)
        step.push_back(static_cast<float>(value * direction.spread));
    return step;
}

} // namespace

DirectionSet::DirectionSet(Lab* lab, LatentDocument* document, QObject* parent)
    : QObject(parent)
    , m_lab(lab)
    , m_document(document)
{
    // The document forgets its steps with the generator before.
    connect(document, &LatentDocument::wasReset, this, &DirectionSet::onOpened);
    connect(lab, &Lab::opened, this, [this] {
        if (!m_lab->info())
            onOpened();
    });
    connect(lab, &Lab::refreshed, this, &DirectionSet::onRefreshed);
    connect(lab, &Lab::besideChanged, this, &DirectionSet::updateUnlessTraining);
}

std::filesystem::path DirectionSet::fileOfOpen() const
{
    const auto info = m_lab->info();
    return !info || info->origin.empty() ? std::filesystem::path() : directionsFile(info->origin);
}

void DirectionSet::onOpened()
{
    cancel();
    end();
    m_all.clear();
    m_ids.clear();
    m_before.reset();
    m_births.clear();
    m_principal = {};
    m_layers.clear();
    m_unreadable = false;
    m_file = fileOfOpen();
    Q_EMIT begunAnew();
    Q_EMIT layersChanged();
    if (m_lab->info()) {
        load();
        askForLayers();
    }
    apply();
}

void DirectionSet::onRefreshed()
{
    const std::filesystem::path file = fileOfOpen();
    if (file != m_file) {
        // A run gets its folder when it is first played; else this is another run of the same networks.
        std::error_code error;
        const bool sameRun = m_file.empty() && !std::filesystem::exists(file, error);
        m_file = file;
        m_unreadable = false;
        if (sameRun) {
            save();
        } else {
            m_before.reset();
            m_births.clear();
            load();
            apply();
        }
    }
    Q_EMIT stateChanged();
    updateUnlessTraining();
}

void DirectionSet::askForLayers()
{
    m_lab->ask<std::vector<DirectionLayer>>(
        layersKey, this,
        [](LabNetworks& networks) -> Result<std::vector<DirectionLayer>> {
            return networks.generator().directionLayers();
        },
        [this](const Result<std::vector<DirectionLayer>>& layers) {
            if (layers)
                m_layers = *layers;
            Q_EMIT layersChanged();
        });
}

void DirectionSet::load()
{
    m_all.clear();
    m_ids.clear();
    if (m_file.empty())
        return;
    Result<std::vector<Direction>> loaded = loadDirections(m_file, m_document->dimensions());
    m_unreadable = !loaded;
    if (!loaded) {
        Q_EMIT failed(
            tr("The saved directions could not be read: %1").arg(QString::fromStdString(loaded.error().sentence())));
        return;
    }
    m_all = *std::move(loaded);
    for (std::size_t i = 0; i < m_all.size(); ++i)
        m_ids.push_back(++m_lastId);
}

void DirectionSet::save()
{
    std::error_code error;
    if (m_file.empty() || (m_all.empty() && !std::filesystem::exists(m_file, error)))
        return;
    const Status saved = m_unreadable ? Status(Error{tr("directions of another program are in the way").toStdString(),
                             m_file.string(), tr("delete the file, then change one here").toStdString()})
                                      : saveDirections(m_file, m_all);
    if (!saved) {
        Q_EMIT failed(tr("The directions were not saved: %1").arg(QString::fromStdString(saved.error().sentence())));
    }
}

void DirectionSet::apply()
{
    std::vector<LatentStep> steps;
    for (std::size_t i = 0; i < m_all.size(); ++i)
        steps.push_back({m_ids[i], stepOf(m_all[i])});
    m_document->setDirections(std::move(steps));
    Q_EMIT changed();
    Q_EMIT stateChanged();
}

std::int64_t DirectionSet::count(DirectionKind kind) const
{
    return std::count_if(
        m_all.begin(), m_all.end(), [kind](const Direction& direction) { return direction.kind == kind; });
}

bool DirectionSet::isStale(DirectionKind kind) const
{
    const auto birth = m_births.find(kind);
    return count(kind) > 0 && birth != m_births.end() && birth->second.model.lock() != m_lab->model();
}

DirectionSet::Age DirectionSet::age() const
{
    const std::int64_t principal = count(DirectionKind::Principal);
    const std::int64_t factors = count(DirectionKind::Factor);
    if (principal + factors == 0)
        return Age::None;
    if (isStale(DirectionKind::Principal) || isStale(DirectionKind::Factor))
        return Age::Stale;
    const bool saved = (principal > 0 && !m_births.contains(DirectionKind::Principal))
        || (factors > 0 && !m_births.contains(DirectionKind::Factor));
    return saved ? Age::Saved : Age::Fresh;
}

std::int64_t DirectionSet::foundAtStep() const
{
    for (const auto& [kind, birth] : m_births) {
        if (isStale(kind))
            return birth.step;
    }
    return 0;
}

void DirectionSet::findPrincipal(const PrincipalRequest& request)
{
    const bool another = request.layer != m_principal.layer || request.label != m_principal.label;
    begin({request, {}, false, another && m_births.contains(DirectionKind::Principal)});
}

void DirectionSet::findFactors(std::int64_t count)
{
    begin({{}, count, false, false});
}

void DirectionSet::update()
{
    Search search;
    search.onlyKnown = true;
    // Among more than there are, since their order may have changed and some may have been deleted.
    const auto among = [this](std::int64_t known) {
        return std::min(m_document->dimensions(), std::max(fewest, 2 * known));
    };
    if (const std::int64_t known = count(DirectionKind::Principal); known > 0) {
        search.principal = m_principal;
        search.principal->count = among(known);
    }
    if (const std::int64_t known = count(DirectionKind::Factor); known > 0)
        search.factors = among(known);
    if (search.principal || search.factors)
        begin(search);
}

void DirectionSet::updateUnlessTraining()
{
    if (age() == Age::Stale && !m_finding && !m_lab->isBeside())
        update();
}

void DirectionSet::begin(const Search& search)
{
    if (m_finding || !m_lab->info())
        return;
    m_finding = true;
    m_lab->askAtLength<Found>(
        searchKey, this,
        [search](LabNetworks& networks, const PaintMonitor& monitor) -> Result<Found> {
            Generator& generator = networks.generator();
            Found found{{}, generator.info().step};
            if (!monitor(0, parts))
                return loadingCancelled();
            const auto add = [&found](const Result<std::vector<Direction>>& directions) {
                if (directions)
                    found.directions.insert(found.directions.end(), directions->begin(), directions->end());
                return directions ? Status() : Status(directions.error());
            };
            const LoadMonitor told = [&monitor](double done, const std::string&) {
                return monitor(static_cast<std::int64_t>(done * parts), parts);
            };
            if (search.principal) {
                if (const Status added = add(generator.principalDirections(*search.principal, told)); !added)
                    return added.error();
            }
            if (search.factors) {
                if (const Status added = add(generator.factorDirections(*search.factors)); !added)
                    return added.error();
            }
            return found;
        },
        [this](std::int64_t done, std::int64_t total) {
            Q_EMIT progress(static_cast<double>(done) / static_cast<double>(total));
        },
        [this, search, birth = Birth{m_lab->model(), 0}](const Result<Found>& found) { take(search, birth, found); });
    Q_EMIT stateChanged();
}

void DirectionSet::cancel()
{
    if (!m_finding)
        return;
    m_lab->cancel(searchKey);
}

void DirectionSet::end()
{
    m_finding = false;
    Q_EMIT stateChanged();
}

void DirectionSet::take(const Search& search, const Birth& birth, const Result<Found>& found)
{
    m_finding = false;
    if (!found) {
        if (!Lab::wasCancelled(found.error()))
            Q_EMIT failed(QString::fromStdString(found.error().sentence()));
        end();
        return;
    }
    const auto sought = [&search](DirectionKind kind) {
        return (kind == DirectionKind::Principal && search.principal)
            || (kind == DirectionKind::Factor && search.factors);
    };
    std::vector<Direction> before;
    std::vector<Direction> after = found->directions;
    for (const Direction& direction : m_all) {
        if (sought(direction.kind) && search.replaces)
            continue;
        before.push_back(direction);
        if (!sought(direction.kind) && direction.kind != DirectionKind::Groups)
            after.push_back(direction); // which is paired with itself
    }
    std::size_t known = 0; // of `before` have a place in what comes, and come first
    for (const DirectionKind kind : {DirectionKind::Principal, DirectionKind::Factor, DirectionKind::Groups}) {
        const auto ofKind = [kind](const Direction& direction) { return direction.kind == kind; };
        const auto were = std::count_if(before.begin(), before.end(), ofKind);
        const auto are = std::count_if(after.begin(), after.end(), ofKind);
        known += static_cast<std::size_t>(kind == DirectionKind::Groups ? were : std::min(were, are));
    }
    std::vector<Direction> aligned = alignDirections(before, std::move(after));
    if (search.onlyKnown)
        aligned.resize(std::min(known, aligned.size()));
    std::stable_sort(aligned.begin(), aligned.end(),
        [](const Direction& one, const Direction& other) { return one.kind < other.kind; });
    put(before, std::move(aligned), !search.onlyKnown);
    if (search.principal) {
        m_principal = *search.principal;
        m_births[DirectionKind::Principal] = {birth.model, found->step};
    }
    if (search.factors)
        m_births[DirectionKind::Factor] = {birth.model, found->step};
    save();
    end();
    updateUnlessTraining(); // weights may have come meanwhile
}

void DirectionSet::put(const std::vector<Direction>& before, std::vector<Direction> directions, bool tell)
{
    const auto named = [](const std::vector<Direction>& all, const std::string& name) {
        return std::find_if(
            all.begin(), all.end(), [&name](const Direction& direction) { return direction.name == name; });
    };
    Kept was{m_all, m_ids, m_principal};
    std::vector<int> ids;
    for (const Direction& direction : directions) {
        const bool known = named(before, direction.name) != before.end();
        ids.push_back(
            known ? m_ids[static_cast<std::size_t>(named(m_all, direction.name) - m_all.begin())] : ++m_lastId);
    }
    const auto gone = std::count_if(
        m_ids.begin(), m_ids.end(), [&ids](int id) { return std::find(ids.begin(), ids.end(), id) == ids.end(); });
    m_all = std::move(directions);
    m_ids = std::move(ids);
    m_before.reset();
    apply();
    if (tell && gone > 0) {
        m_before = std::move(was);
        Q_EMIT replaced(gone == 1 ? tr("One direction gave way to those found now.")
                                  : tr("%1 directions gave way to those found now.").arg(gone));
    }
}

Status DirectionSet::rename(std::size_t direction, const QString& name)
{
    const std::string wanted = name.trimmed().toStdString();
    if (wanted == m_all[direction].name)
        return {};
    if (wanted.empty())
        return Error{tr("a direction needs a name").toStdString(), "", tr("type one").toStdString()};
    for (const Direction& other : m_all) {
        if (other.name == wanted)
            return Error{tr("there is another direction called “%1”").arg(name.trimmed()).toStdString(), "",
                tr("choose another name").toStdString()};
    }
    m_all[direction].name = wanted;
    m_all[direction].renamed = true;
    m_before.reset();
    Q_EMIT changed();
    save();
    return {};
}

void DirectionSet::remove(std::size_t direction)
{
    m_before = Kept{m_all, m_ids, m_principal};
    const QString name = QString::fromStdString(m_all[direction].name);
    m_all.erase(m_all.begin() + static_cast<std::ptrdiff_t>(direction));
    m_ids.erase(m_ids.begin() + static_cast<std::ptrdiff_t>(direction));
    apply();
    save();
    Q_EMIT replaced(tr("“%1” is deleted.").arg(name));
}

Status DirectionSet::addGroup(const QString& name, const Latents& these, const Latents& those)
{
    const std::string wanted = name.trimmed().isEmpty() ? freeName().toStdString() : name.trimmed().toStdString();
    for (const Direction& other : m_all) {
        if (other.name == wanted)
            return Error{tr("there is a direction called “%1”").arg(name.trimmed()).toStdString(), "",
                tr("choose another name").toStdString()};
    }
    Result<Direction> direction = groupDirection(wanted, these, those, m_document->head().latent);
    if (!direction)
        return direction.error();
    direction->renamed = true;
    m_all.push_back(*std::move(direction));
    m_ids.push_back(++m_lastId);
    m_before.reset();
    apply();
    save();
    return {};
}

QString DirectionSet::freeName() const
{
    for (int number = 1;; ++number) {
        QString name = tr("Groups %1").arg(number);
        const std::string text = name.toStdString();
        if (std::none_of(m_all.begin(), m_all.end(), [&text](const Direction& other) { return other.name == text; }))
            return name;
    }
}

void DirectionSet::takeBack()
{
    if (!m_before)
        return;
    m_all = std::move(m_before->directions);
    m_ids = std::move(m_before->ids);
    m_principal = m_before->principal;
    m_before.reset();
    apply();
    save();
}

} // namespace saddle
