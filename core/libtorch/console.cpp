// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/console.h"

#include "core/commands/interrupt.h"
#include "core/commands/progress_line.h"
#include "core/libtorch/fetch_words.h"
#include "core/libtorch/find.h"
#include "core/libtorch/launch.h"

#include <cstdio>

namespace saddle {

namespace {

constexpr const char* program = "saddle-cli";

void complain(const std::string& sentence)
{
    std::fprintf(stderr, "%s: %s\n", program, sentence.c_str());
}

} // namespace

Result<Ended> fetchOnConsole(const FetchRequest& request)
{
    constexpr std::chrono::milliseconds redraw{100};
    const InterruptGuard guard;
    ProgressLine line(0, false);
    line.note("LibTorch " + request.list.version() + " is missing and is fetched now (" + sizeWords(request.list)
        + ") into " + libtorchFolder(request).string());
    FetchWords words;
    FetchWords::Clock::time_point drawn{};
    Result<Ended> ended = fetchLibtorch(request, [&](const FetchProgress& progress) {
        const auto now = FetchWords::Clock::now();
        if (now - drawn >= redraw) {
            drawn = now;
            const std::string figures = words.figures(progress, now);
            line.status(progress.what + (figures.empty() ? " …" : ": " + figures));
        }
        return !guard.interrupted();
    });
    line.finish();
    if (!ended) {
        complain(ended.error().sentence());
        complain(giveLibtorch(request.list.version()));
    } else if (*ended == Ended::Cancelled) {
        complain(fetchCancelled);
    }
    return ended;
}

int launchOnConsole(int argc, char** argv)
{
    return launch({program, fetchOnConsole, complain}, argc, argv);
}

} // namespace saddle
