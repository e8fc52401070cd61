// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runs/catalog.h"
#include "core/runs/experiment.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

/// One method of a comparison: an experiment with everything the study sets in it.
struct StudyMethod {
    std::string label; ///< "BEGAN, γ 0.5": unique in the study
    std::string preset; ///< preset or file it is made from
    Json document; ///< resolved
};

/// Several methods on the same data and seeds, trained one after another and shown on one page.
///
///     { "schema": 1, "title": "…", "description": "…", "seeds": [1],
///       "set": { "training.steps": 2000 },
///       "methods": [ { "preset": "mnist-lsgan", "label": "LSGAN", "set": { "objective.a": -1 } } ] }
///
/// `set` holds settings by path as --set takes them, in order: the study's first, then the method's.
struct Study {
    std::string name; ///< "five-gans"
    std::string title;
    std::string description;
    std::string source; ///< where the comparison comes from
    std::vector<std::int64_t> seeds;
    std::vector<StudyMethod> methods;
    std::vector<std::string> notes; ///< where the methods are not alike, a sentence each

    std::size_t runCount() const { return methods.size() * seeds.size(); }
};

/// A run of a study: a method with one of the seeds.
struct StudyRun {
    std::size_t method = 0;
    std::int64_t seed = 1;
};

/// The runs in the order they are done: all methods with the first seed, then with the next, so that there is something
/// to compare early.
std::vector<StudyRun> studyRuns(const Study& study);
/// The experiment of a run.
Json studyDocument(const Study& study, const StudyRun& run);
/// Its folder below the study's: "runs/began-0-5-seed-2".
std::string studyRunFolder(const Study& study, const StudyRun& run);

/// What a person changes in a study before it starts.
struct StudyChanges {
    std::vector<Setting> settings; ///< in every method, after the study's own
    std::vector<std::int64_t> seeds; ///< empty: the study's
};

/// A study that ships, by name, or one from a file, with every method resolved. Nothing is read of the data yet.
Result<Study> loadStudy(const std::string& studyOrFile, const Catalog& catalog, const StudyChanges& changes = {});

/// Whether every method can be trained: its data is there, its networks fit, and it has an end. The error names the
/// first method that cannot.
Status checkStudy(const Study& study, const Catalog& catalog);

/// The study with all that was resolved, from which it can be told whether a folder holds the same one.
Json studyRecord(const Study& study);

/// The study that a folder holds (study.json), to go on with it.
Result<Study> readStudyRecord(const std::filesystem::path& folder, const Catalog& catalog);

} // namespace saddle
