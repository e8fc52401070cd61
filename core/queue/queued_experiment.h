// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/queue/queue.h"
#include "core/runs/catalog.h"
#include "core/runs/resume.h"

#include <filesystem>
#include <string>

namespace saddle {

/// Whether an experiment ends by itself: by steps, images, minutes, or by patience where its objective has a measure.
/// The Error names what to set.
Status checkEnds(const Json& document, const Catalog& catalog);

/// What an experiment is called where nobody gave it a name: by its title, or its preset.
std::string experimentName(const Json& document);

/// What a resolved document has otherwise than the preset it is named after, in one line: "Batch size 32, Width 64".
/// Empty where there is no such preset.
std::string changesFromPreset(const Json& document, const Catalog& catalog);

/// An entry for a resolved document; `name` empty: its own. An Error says why it cannot be queued: it has no end, or
/// its networks do not fit. Data that is not there yet is no reason: it may come before the entry's turn.
Result<QueueEntry> makeEntry(Json document, const std::string& name, const Catalog& catalog);
/// What a person should know of an entry that was made: why its data cannot be read now; empty where it can.
std::string noteOnData(const QueueEntry& entry, const Catalog& catalog);

/// Where the turn of an entry begins.
struct QueueTurn {
    Json document; ///< resolved
    std::filesystem::path runFolder;
    Beginning beginning;
};

/// A new run in a folder of runs, or the entry's own from its last checkpoint.
Result<QueueTurn> turnOf(const QueueEntry& entry, const std::filesystem::path& runs, const Catalog& catalog);

/// Notes in the run of an entry what the entry was called, where that is not what the experiment is called anyway and
/// the run has no name yet.
void nameRun(const QueueEntry& entry);

} // namespace saddle
