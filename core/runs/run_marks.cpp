// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_marks.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/untrusted_file.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t schemaVersion = 1;
constexpr std::size_t largestFile = std::size_t{1} << 20;
constexpr std::size_t longestNote = std::size_t{64} << 10;
constexpr std::size_t longestName = 200;

fs::path fileOf(const fs::path& runFolder)
{
    return runFolder / "marks.json";
}

/// The file as an object; an empty one where there is none.
Result<Json> readObject(const fs::path& runFolder)
{
    const fs::path file = fileOf(runFolder);
    std::error_code error;
    if (!fs::exists(fs::symlink_status(file, error)))
        return Json::object();
    Result<std::string> text = readUntrusted(file, largestFile);
    if (!text)
        return text.error();
    Result<Json> json = parseJson(*text, file.string(), documentDepth);
    if (json && !json->is_object())
        return Error{"these are not the marks of a run", file.string(), "delete the file, then mark the run again"};
    return json;
}

std::string textOf(const Json& json, const char* key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// One line without blanks at its ends, cut where a letter ends.
std::string oneLine(std::string text)
{
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = ' ';
    }
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string::npos)
        return {};
    text = text.substr(first, text.find_last_not_of(' ') - first + 1);
    std::size_t letters = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool goesOn = (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
        if (!goesOn && letters++ == longestName)
            return text.substr(0, i);
    }
    return text;
}

void sortOnce(std::vector<std::int64_t>& steps)
{
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
}

} // namespace

RunMarks readMarks(const fs::path& runFolder)
{
    RunMarks marks;
    const Result<Json> json = readObject(runFolder);
    if (!json)
        return marks;
    marks.name = oneLine(textOf(*json, "name"));
    marks.note = textOf(*json, "note");
    if (const auto pinned = json->find("pinned"); pinned != json->end() && pinned->is_boolean())
        marks.pinned = pinned->get<bool>();
    if (const auto keep = json->find("keep"); keep != json->end() && keep->is_array()) {
        for (const Json& step : *keep) {
            if (step.is_number_integer() && step.get<std::int64_t>() >= 0)
                marks.keep.push_back(step.get<std::int64_t>());
        }
        sortOnce(marks.keep);
    }
    return marks;
}

Status writeMarks(const fs::path& runFolder, RunMarks marks)
{
    const fs::path file = fileOf(runFolder);
    if (marks.note.size() > longestNote)
        return Error{"the note is longer than 64 KiB", file.string(), "shorten it, or keep it in a file of its own"};
    Result<Json> json = readObject(runFolder);
    if (!json)
        return json.error();
    if (const auto schema = json->find("schema");
        schema != json->end() && schema->is_number_integer() && schema->get<std::int64_t>() > schemaVersion) {
        return Error{"these marks are of schema " + schema->dump() + ", newer than this program knows ("
                + std::to_string(schemaVersion) + ")",
            file.string(), "change them with a newer Saddle"};
    }
    sortOnce(marks.keep);
    (*json)["schema"] = schemaVersion;
    (*json)["name"] = oneLine(std::move(marks.name));
    (*json)["note"] = std::move(marks.note);
    (*json)["pinned"] = marks.pinned;
    (*json)["keep"] = marks.keep;
    return writeFileWhole(file, prettyJson(*json));
}

} // namespace saddle
