// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/study/study_runner.h"

#include "core/base/files.h"
#include "core/runs/resume.h"
#include "core/session/play_to_end.h"
#include "core/study/study_page.h"

#include <algorithm>
#include <cstdlib>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// A run that was cut before its first checkpoint cannot go on: it is put aside whole, under a name of its own.
Status setAside(const fs::path& folder)
{
    for (int number = 1;; ++number) {
        const fs::path aside = folder.string() + "-cut-" + std::to_string(number);
        std::error_code error;
        if (fs::exists(aside, error))
            continue;
        fs::rename(folder, aside, error);
        return error ? Status(systemError(error.value(), "a run that was cut cannot be put aside", folder)) : Status();
    }
}

/// Whether a run's log says that it reached a limit of its own.
bool reachedItsLimit(const fs::path& folder)
{
    constexpr std::size_t most = 256u << 20;
    const Result<std::string> log = readFile(folder / "events.jsonl", most);
    if (!log || !log->ends_with('\n'))
        return false;
    const std::size_t begin = log->find_last_of('\n', log->size() - 2);
    const Result<Json> last = parseJson(std::string_view(*log).substr(begin + 1), "events.jsonl", documentDepth);
    const Json* kind = last ? findPath(*last, "kind") : nullptr;
    return kind && *kind == "finish" && findPath(*last, "data.limit");
}

/// Each note once, whichever run has it.
void addNote(StudyProgress& progress, const std::string& note)
{
    if (std::find(progress.notes.begin(), progress.notes.end(), note) == progress.notes.end())
        progress.notes.push_back(note);
}

/// Where a run of a study begins: anew, or from the last checkpoint of a folder that is there already.
Result<SessionPlan> planFor(const Json& document, const fs::path& folder, const Catalog& catalog)
{
    SessionPlan plan;
    plan.catalog = &catalog;
    plan.runFolder = folder;
    plan.document = document;
    std::error_code error;
    if (!fs::exists(folder, error))
        return plan;
    if (latestCheckpoint(folder)) {
        Result<ResumePoint> point = findResumePoint(folder, catalog);
        if (!point)
            return point.error();
        plan.beginning = std::move(point->beginning);
        plan.document = std::move(point->document);
    } else if (Status moved = setAside(folder); !moved) {
        return moved.error();
    }
    return plan;
}

} // namespace

StudyRunner::StudyRunner(
    Study study, const Catalog& catalog, EngineFactory factory, fs::path folder, std::function<void()> notify)
    : m_study(std::move(study))
    , m_catalog(catalog)
    , m_factory(std::move(factory))
    , m_folder(std::move(folder))
    , m_notify(std::move(notify))
{
    for (const StudyRun& run : studyRuns(m_study)) {
        StudyRunProgress progress;
        progress.run = run;
        progress.folder = m_folder / studyRunFolder(m_study, run);
        m_progress.runs.push_back(std::move(progress));
    }
    m_progress.folder = m_folder;
    m_progress.notes = m_study.notes;
    m_thread = std::jthread([this](const std::stop_token& stop) {
        // Nothing thrown below may leave this thread.
        Error error{"an internal error", "", "please report it"};
        try {
            run(stop);
            return;
        } catch (const std::exception& thrown) {
            error.what += std::string(": ") + thrown.what();
        } catch (...) {
        }
        change([&error](StudyProgress& progress) {
            progress.error = error;
            progress.over = true;
        });
    });
}

StudyRunner::~StudyRunner()
{
    m_thread.request_stop();
    m_thread.join();
}

StudyProgress StudyRunner::progress() const
{
    m_dirty = false;
    const std::lock_guard lock(m_mutex);
    return m_progress;
}

std::shared_ptr<const Samples> StudyRunner::takeSamples()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_samples, nullptr);
}

Status StudyRunner::check(const Study& study, const fs::path& folder, const Catalog& catalog)
{
    std::error_code error;
    if (!fs::exists(folder, error) || fs::is_empty(folder, error))
        return RunFolder::check(folder);
    if (!fs::exists(folder / "study.json", error))
        return Error{"this folder holds something else than a study", folder.string(), "name a new folder"};
    // Resolved anew: settings that a newer program knows have their defaults in both.
    const Result<Study> held = readStudyRecord(folder, catalog);
    if (!held)
        return held.error();
    if (studyRecord(*held) != studyRecord(study))
        return Error{"this folder holds another study, or the same one with other settings", folder.string(),
            "name a new folder, or go on with the settings it began with"};
    return {};
}

void StudyRunner::change(const std::function<void(StudyProgress&)>& edit)
{
    {
        const std::lock_guard lock(m_mutex);
        edit(m_progress);
    }
    if (!m_dirty.exchange(true))
        m_notify();
}

/// What the page says beside what the runs have written themselves, kept for a study that is gone on with.
Status StudyRunner::keepNotes()
{
    const StudyProgress now = m_progress;
    return writeFileWhole(
        m_folder / "notes.json", prettyJson({{"data", now.data}, {"device", now.device}, {"notes", now.notes}}));
}

void StudyRunner::readNotes()
{
    const Result<Json> kept = readJson(m_folder / "notes.json");
    if (!kept)
        return; // a new study
    change([&kept](StudyProgress& progress) {
        for (const auto& [key, member] :
            {std::pair{"data", &StudyProgress::data}, std::pair{"device", &StudyProgress::device}}) {
            if (const Json* text = findPath(*kept, key); text && text->is_string())
                progress.*member = text->get<std::string>();
        }
        const Json* notes = findPath(*kept, "notes");
        for (const Json& note : notes && notes->is_array() ? *notes : Json::array()) {
            if (note.is_string())
                addNote(progress, note.get<std::string>());
        }
    });
}

void StudyRunner::run(const std::stop_token& stop)
{
    readNotes();
    std::error_code error;
    fs::create_directories(m_folder / "runs", error);
    Status good = error ? Status(systemError(error.value(), "the folder cannot be made", m_folder))
                        : writeFileWhole(m_folder / "study.json", prettyJson(studyRecord(m_study)));
    bool written = false;
    for (std::size_t i = 0; good && i < m_progress.runs.size() && !stop.stop_requested(); ++i) {
        if (cameToItsEnd(i))
            continue;
        good = runOne(i, stop);
        if (good)
            good = keepNotes();
        if (good)
            good = writePage();
        written = true;
    }
    if (good && !written)
        good = writePage();
    change([&good, &stop](StudyProgress& progress) {
        if (!good)
            progress.error = good.error();
        progress.stopped = stop.stop_requested();
        progress.over = true;
    });
}

/// Then nothing has to be loaded to know it.
bool StudyRunner::cameToItsEnd(std::size_t index)
{
    const fs::path& folder = m_progress.runs[index].folder;
    const Result<fs::path> checkpoint = latestCheckpoint(folder);
    if (!checkpoint || !reachedItsLimit(folder))
        return false;
    change([index, &checkpoint](StudyProgress& progress) {
        progress.runs[index].step = std::strtoll(checkpoint->filename().c_str(), nullptr, 10);
        progress.runs[index].state = StudyRunState::Done;
    });
    return true;
}

/// An Error ends the study: the disk takes no more. What is wrong with one run alone is kept in its progress.
Status StudyRunner::runOne(std::size_t index, const std::stop_token& stop)
{
    const auto set = [this, index](auto&& edit) {
        change([&edit, index](StudyProgress& progress) { edit(progress.runs[index]); });
    };
    const auto failed = [&set](const Error& error) {
        set([&error](StudyRunProgress& run) {
            run.state = StudyRunState::Failed;
            run.failure = error.sentence();
        });
    };
    const StudyRunProgress& own = m_progress.runs[index];
    Result<SessionPlan> plan = planFor(studyDocument(m_study, own.run), own.folder, m_catalog);
    if (!plan) {
        failed(plan.error());
        return {};
    }
    plan->factory = m_factory;
    set([](StudyRunProgress& run) { run.state = StudyRunState::Loading; });

    Attendance attendance;
    attendance.stop = [&stop] { return stop.stop_requested(); };
    attendance.watch = [this, index](const SessionUpdate& update, Session& session) {
        if (std::shared_ptr<const Samples> samples = session.takeSamples()) {
            const std::lock_guard lock(m_mutex);
            m_samples = std::move(samples);
        }
        // The next run tries again what is not there: a reference picture is no reason to stop.
        std::error_code error;
        if (const auto real = session.takeRealSamples(); real && !std::filesystem::exists(m_folder / "real.png", error))
            (void)writePng(m_folder / "real.png", picture(*real));
        change([&update, index](StudyProgress& progress) {
            StudyRunProgress& run = progress.runs[index];
            run.loading = update.loading;
            run.step = update.progress.step;
            run.millisecondsPerStep = update.millisecondsPerStep;
            run.refusal = update.awaitsDisk && update.fault ? update.fault->error.sentence() : std::string();
            if (update.state != SessionState::Loading)
                run.state = StudyRunState::Training;
            if (update.info) {
                progress.data = update.info->data;
                progress.device = update.info->device;
                for (const std::string& note : update.info->notes)
                    addNote(progress, note);
            }
            for (const RunEvent& event : update.events) {
                if (event.kind == "warning")
                    addNote(progress, event.text);
            }
        });
    };
    const PlayedRun played = playToEnd(*std::move(plan), attendance);
    set([](StudyRunProgress& run) { run.refusal.clear(); });
    if (played.fault) {
        failed(played.fault->error);
        return played.fault->kind == Fault::Kind::Disk ? Status(played.fault->error) : Status();
    }
    set([&played](StudyRunProgress& run) {
        run.step = played.last.progress.step;
        run.state = played.stopped ? StudyRunState::Stopped : StudyRunState::Done;
    });
    return {};
}

Status StudyRunner::writePage()
{
    const StudyProgress now = progress();
    const Result<Image> real = readPng(m_folder / "real.png");
    const Result<StudyReport> report = readStudyReport(m_study, m_catalog, now, real ? *real : Image());
    if (!report)
        return report.error();
    const Result<std::string> html = studyHtml(*report);
    if (!html)
        return html.error();
    const fs::path page = m_folder / "page.html";
    if (Status written = writeFileWhole(page, *html); !written)
        return written;
    change([&page](StudyProgress& progress) { progress.page = page; });
    // A page too large to be drawn is no reason to stop: there is the one for browsers.
    Result<std::optional<Image>> drawn = studyPicture(*report);
    if (!drawn) {
        change([&drawn](StudyProgress& progress) { addNote(progress, drawn.error().sentence()); });
        return {};
    }
    if (!*drawn)
        return {};
    if (Status written = writePng(m_folder / "page.png", **drawn); !written)
        return written;
    change([this](StudyProgress& progress) { progress.picture = m_folder / "page.png"; });
    return {};
}

} // namespace saddle
