// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/latents_csv.h"

#include "core/base/files.h"
#include "core/base/text.h"
#include "core/base/whole_file.h"
#include "core/io/csv.h"

#include <charconv>
#include <cmath>

namespace saddle {

namespace {

std::string columnName(std::int64_t number)
{
    return "z" + std::to_string(number);
}

/// A table of so many rows, a row at a time: all of its text at once might not fit into memory.
Status writeTable(const std::filesystem::path& path, const std::string& header, std::int64_t rows,
    const std::function<std::string(std::int64_t row)>& lineOf)
{
    Result<WholeFile> file = WholeFile::create(path);
    if (!file)
        return file.error();
    Status status = file->append(header.data(), header.size());
    for (std::int64_t row = 0; status && row < rows; ++row) {
        const std::string line = lineOf(row);
        status = file->append(line.data(), line.size());
    }
    return status ? file->commit() : status;
}

std::optional<std::int64_t> wholeNumber(const std::string& cell)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return error == std::errc() && end == cell.data() + cell.size() ? std::optional(value) : std::nullopt;
}

} // namespace

Status writeLatents(const std::filesystem::path& path, const Latents& latents, const std::vector<std::string>& pictures)
{
    std::vector<std::string> header{"picture"};
    if (!latents.labels.empty())
        header.emplace_back("label");
    for (std::int64_t i = 0; i < latents.dimensions; ++i)
        header.push_back(columnName(i));
    return writeTable(path, csvRow(header), latents.count(), [&](std::int64_t row) {
        const auto place = static_cast<std::size_t>(row);
        std::vector<std::string> cells{pictures[place]};
        if (!latents.labels.empty())
            cells.push_back(std::to_string(latents.labels[place]));
        const auto first = latents.values.begin() + row * latents.dimensions;
        for (auto value = first; value != first + latents.dimensions; ++value)
            cells.push_back(formatNumber(static_cast<double>(*value)));
        return csvRow(cells);
    });
}

Result<Latents> readLatents(const std::filesystem::path& path, std::int64_t dimensions)
{
    constexpr std::size_t largestFile = std::size_t{1} << 30;
    const std::string where = path.string();
    Result<std::string> text = readFile(path, largestFile);
    if (!text)
        return text.error();
    // A line without an end is no damage here, but what some editors leave.
    if (!text->empty() && text->back() != '\n')
        *text += '\n';
    const Result<CsvTable> table = splitCsv(*text, where);
    if (!table)
        return table.error();
    if (table->rows.empty())
        return Error{"there are no latents in it", where, "give a file with a row for each picture"};
    std::vector<std::size_t> columns;
    for (std::int64_t i = 0; i < dimensions; ++i) {
        const std::optional<std::size_t> column = table->column(columnName(i));
        if (!column)
            break;
        columns.push_back(*column);
    }
    if (static_cast<std::int64_t>(columns.size()) < dimensions || table->column(columnName(dimensions))) {
        return Error{"the latents are not those of this generator, whose are of " + counted(dimensions, "number"),
            where, "give columns z0 to " + columnName(dimensions - 1)};
    }
    const std::optional<std::size_t> label = table->column("label");
    Latents latents;
    latents.dimensions = dimensions;
    for (std::size_t row = 0; row < table->rows.size(); ++row) {
        const std::vector<std::string>& cells = table->rows[row];
        const auto wrong = [&](std::size_t column, const std::string& wanted) {
            return Error{"“" + cells[column] + "” is no " + wanted,
                where + ": row " + std::to_string(row + 1) + ", " + table->header[column], "give one"};
        };
        for (const std::size_t column : columns) {
            const auto value = static_cast<float>(parseNumber(cells[column]).value_or(NAN));
            if (!std::isfinite(value))
                return wrong(column, "finite number");
            latents.values.push_back(value);
        }
        if (!label)
            continue;
        const std::optional<std::int64_t> value = wholeNumber(cells[*label]);
        if (!value)
            return wrong(*label, "label, a number from 0 on");
        latents.labels.push_back(*value);
    }
    return latents;
}

Status writePoints(
    const std::filesystem::path& path, const std::vector<float>& points, const std::vector<std::int64_t>& labels)
{
    return writeTable(path, labels.empty() ? "x,y\n" : "x,y,label\n", static_cast<std::int64_t>(points.size() / 2),
        [&](std::int64_t row) {
            const auto place = static_cast<std::size_t>(row);
            std::vector<std::string> cells{formatNumber(static_cast<double>(points[2 * place])),
                formatNumber(static_cast<double>(points[2 * place + 1]))};
            if (!labels.empty())
                cells.push_back(std::to_string(labels[place]));
            return csvRow(cells);
        });
}

} // namespace saddle
