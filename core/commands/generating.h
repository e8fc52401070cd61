// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/commands/interrupt.h"
#include "core/commands/progress_line.h"
#include "core/latent/generator.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace saddle {

struct CodeRequest;

/// What the commands that make pictures with a generator share.

/// "4x8" as two numbers from 1 on.
std::optional<std::array<std::int64_t, 2>> pairFrom(const std::string& text);

bool isPng(const std::filesystem::path& path);

/// "ema", "plain" or nothing as on the command line.
Weights weightsFrom(const std::string& text);

/// What is at a path, opened as a command line says.
Result<std::unique_ptr<Generator>> openSource(
    const std::filesystem::path& source, const std::string& weights, const CodeRequest& code);

/// A label by its name or its number.
Result<std::optional<std::int64_t>> labelFrom(const std::optional<std::string>& text, const GeneratorInfo& info);

/// Shows how far the work is, in a line that is made when it begins, and looks at Ctrl+C. `things`: how many of the
/// noun the parts of the work stand for; 0: they are these.
PaintMonitor monitorBy(std::optional<ProgressLine>& line, const InterruptGuard& guard, bool quiet, const char* noun,
    std::int64_t things = 0);

/// Says on standard error what was opened.
void sayOpened(const GeneratorInfo& info);

/// Says on standard output where something was written, or reports why it was not. The exit status.
int written(const Status& status, const std::filesystem::path& path);

} // namespace saddle
