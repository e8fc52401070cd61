// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// The shortest text that reads back as exactly this number, in any locale; "" for NaN, "inf" and "-inf".
std::string formatNumber(double value);

/// The number a cell holds; NaN for an empty cell, nothing for what is not a number.
std::optional<double> parseNumber(std::string_view cell);

/// A cell as RFC 4180 wants it: in quotes when it holds a comma, a quote or a line break.
std::string quoteCell(std::string_view cell);

/// One row with its final newline. Cells are quoted where needed.
std::string csvRow(std::span<const std::string> cells);

struct CsvTable {
    std::vector<std::string> header; ///< at least one name
    std::vector<std::vector<std::string>> rows; ///< each as long as the header
    bool tornTail = false; ///< the last line had no newline (a crash while it was written) and was left out
    std::size_t completeBytes = 0; ///< bytes up to and with the last newline: where to cut before appending

    /// The position of a named column, or nothing.
    std::optional<std::size_t> column(std::string_view name) const;
};

/// Splits CSV text (RFC 4180, LF or CRLF) with a header line. An Error names `where` and the line of a row with another
/// count of cells than the header, of a stray quote, or the lack of a whole header line.
Result<CsvTable> splitCsv(std::string_view text, const std::string& where);

/// Reads a CSV file of at most 1 GiB.
Result<CsvTable> readCsv(const std::filesystem::path& path);

} // namespace saddle
