// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"

#include "core/commands/steps.h"
#include "core/runs/trace_folder.h"
#include "core/training/builtin.h"

#include <cstdio>
#include <utility>

namespace saddle {

int traceCommand(const TraceRequest& request)
{
    SettingChanges changes = request.changes;
    const Result<std::int64_t> wanted = takeSteps(changes, 1);
    if (!wanted)
        return report(wanted.error(), Usage);
    const std::int64_t steps = *wanted;
    const Result<Json> document = loadChanged(request.experiment, builtinCatalog(), changes);
    if (!document)
        return report(document.error());
    // Refused before data is read, and made only once there is something to put in.
    if (Status usable = TraceFolder::check(request.out); !usable)
        return report(usable.error());
    const auto patient = [](double, const std::string&) { return true; };
    Result<std::unique_ptr<Engine>> engine =
        request.wide ? makeWideTrainer(*document, patient) : makeTrainer(*document, patient);
    if (!engine)
        return report(engine.error());
    Result<TraceFolder> folder = TraceFolder::create(request.out);
    if (!folder)
        return report(folder.error());
    for (std::int64_t step = 1; step <= steps; ++step) {
        const Result<TensorFile> traced = (*engine)->trace();
        if (!traced)
            return report(traced.error());
        const Result<std::filesystem::path> file = folder->write(*traced);
        if (!file)
            return report(file.error());
        std::printf("%s\n", file->c_str());
    }
    return Success;
}

} // namespace saddle
