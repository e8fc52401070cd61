// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "core/io/csv.h"
#include "core/io/image.h"
#include "core/runs/columns.h"
#include "core/runs/export/event_message.h"
#include "core/runs/export/metrics_export.h"
#include "core/runs/export/record_file.h"
#include "core/runs/metrics_text.h"
#include "core/runs/run_folder.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largestPicture = std::size_t{64} << 20; ///< bytes of a PNG

/// Seconds since 1970 when the run began: its log says so, else the date of its first file.
double startOf(const fs::path& runFolder)
{
    std::ifstream log(runFolder / "events.jsonl", std::ios::binary);
    std::string line(4096, '\0'); // the first event is short
    log.read(line.data(), static_cast<std::streamsize>(line.size()));
    line.resize(static_cast<std::size_t>(std::max<std::streamsize>(log.gcount(), 0)));
    line.resize(std::min(line.find('\n'), line.size()));
    if (const Result<Json> event = parseJson(line, "events.jsonl", documentDepth); event && event->is_object()) {
        const auto time = event->find("time");
        if (time != event->end() && time->is_number())
            return time->get<double>();
    }
    std::error_code error;
    const auto written = fs::last_write_time(runFolder / "experiment.json", error);
    return error ? 0
                 : std::chrono::duration<double>(std::chrono::file_clock::to_sys(written).time_since_epoch()).count();
}

/// The series of each column of metrics.csv.
std::vector<EventTag> tagsOf(
    const fs::path& runFolder, const std::vector<std::string_view>& keys, const Catalog& catalog)
{
    std::vector<ColumnInfo> columns;
    if (const Result<Json> document = readExperiment(runFolder))
        columns = columnsOf(*document, catalog);
    // The first columns are every run's.
    columns.push_back({"epoch", "Epoch", "progress", ""});
    columns.push_back({"images", "Images", "progress", ""});
    columns.push_back({"seconds", "Seconds", "progress", ""});
    std::vector<EventTag> tags;
    for (const std::string_view key : keys) {
        const auto known =
            std::find_if(columns.begin(), columns.end(), [key](const ColumnInfo& column) { return column.key == key; });
        const std::string label = known != columns.end() ? known->label : std::string(key);
        tags.push_back({(known != columns.end() ? known->group : "other") + "/" + label, label});
    }
    return tags;
}

Status writeEvents(const fs::path& runFolder, const fs::path& place, const Catalog& catalog, const LoadMonitor& monitor)
{
    const Result<std::string> text = readMetrics(runFolder);
    if (!text)
        return text.error();
    Result<RecordFile> file = RecordFile::create(place);
    if (!file)
        return file.error();
    const double start = startOf(runFolder);
    if (Status written = file->append(versionEvent(start)); !written)
        return written;
    MetricsText rows(*text);
    const std::vector<EventTag> tags = tagsOf(runFolder, rows.columns(), catalog);
    const auto seconds = static_cast<std::size_t>(
        std::find(rows.columns().begin(), rows.columns().end(), "seconds") - rows.columns().begin());
    const std::vector<std::pair<std::int64_t, fs::path>> pictures = keptSamples(runFolder);
    auto picture = pictures.begin();
    double time = start;
    const auto addPicturesUpTo = [&](std::int64_t step) -> Status {
        for (; picture != pictures.end() && picture->first <= step; ++picture) {
            const Result<std::string> png = readFile(picture->second, largestPicture);
            if (!png)
                return png.error();
            const Result<Image> image = decodePng(*png, picture->second.string());
            if (!image)
                return image.error();
            const std::string value =
                imageValue({"samples", "Samples"}, *png, image->width, image->height, image->channels);
            if (Status written = file->append(summaryEvent(time, picture->first, value)); !written)
                return written;
        }
        return {};
    };
    for (std::size_t done = 0; !rows.atEnd(); ++done) {
        const std::string_view line = rows.next();
        const std::optional<std::int64_t> step = stepOfRow(line);
        const std::vector<std::string_view> cells = cellsOf(line);
        if (!step || cells.size() != tags.size())
            return Error{"row " + std::to_string(done + 1) + " of it is damaged", (runFolder / "metrics.csv").string(),
                "mend or remove that row"};
        if (Status added = addPicturesUpTo(*step - 1); !added)
            return added;
        std::string values;
        for (std::size_t i = 1; i < cells.size(); ++i) {
            const std::optional<double> value = parseNumber(cells[i]);
            if (value && !std::isnan(*value))
                values += scalarValue(tags[i], static_cast<float>(*value));
            if (i == seconds && value)
                time = start + *value;
        }
        if (Status written = file->append(summaryEvent(time, *step, values)); !written)
            return written;
        constexpr std::size_t askEvery = 256;
        const auto left = static_cast<double>(rows.rest());
        if (done % askEvery == 0 && !monitor(1 - left / static_cast<double>(text->size()), "Writing events"))
            return Error{"the export was cancelled", place.parent_path().string(), ""};
    }
    if (Status added = addPicturesUpTo(std::numeric_limits<std::int64_t>::max()); !added)
        return added;
    return file->commit();
}

} // namespace

Status exportTensorBoard(
    const fs::path& runFolder, const fs::path& folder, const Catalog& catalog, const LoadMonitor& monitor)
{
    std::error_code error;
    const bool existed = fs::exists(folder, error);
    if (Status made = makeEmptyFolder(folder); !made)
        return made;
    // TensorBoard looks for "tfevents" in names.
    const std::string seconds = std::to_string(static_cast<std::int64_t>(startOf(runFolder)));
    Status written = writeEvents(runFolder, folder / ("events.out.tfevents." + seconds + ".saddle"), catalog, monitor);
    if (!written && !existed)
        fs::remove(folder, error);
    return written;
}

} // namespace saddle
