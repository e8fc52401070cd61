// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runs/run_origin.h"

#include "core/base/files.h"
#include "core/base/time_text.h"
#include "core/base/untrusted_file.h"

#include <ctime>
#include <utility>

namespace saddle {

namespace {

constexpr int originSchemaVersion = 1;
constexpr const char* fileName = "run.json";

/// Whether a name is that of one folder, so that it cannot lead elsewhere.
bool isFolderName(const std::string& name)
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos
        && name.find('\0') == std::string::npos;
}

Result<RunParent> parentOf(const Json& json, const std::string& where)
{
    const auto wrong = [&where](const char* key) {
        return Error{std::string("its ") + key + " is not as a run writes it", where + ": parent",
            "restore the file, or take the key “parent” out of it"};
    };
    if (!json.is_object())
        return wrong("parent");
    RunParent parent;
    const auto run = json.find("run");
    if (run == json.end() || !run->is_string() || !isFolderName(run->get<std::string>()))
        return wrong("run");
    parent.run = run->get<std::string>();
    const auto step = json.find("step");
    if (step == json.end() || !step->is_number_integer() || step->get<std::int64_t>() < 0)
        return wrong("step");
    parent.step = step->get<std::int64_t>();
    const auto how = json.find("how");
    if (how == json.end() || (*how != "rewind" && *how != "fork"))
        return wrong("how");
    parent.how = *how == "fork" ? RunParent::How::Fork : RunParent::How::Rewind;
    return parent;
}

} // namespace

RunOrigin originNow(std::optional<RunParent> parent)
{
    return {utcText(std::time(nullptr)), "Saddle " SADDLE_VERSION, std::move(parent)};
}

Status writeOrigin(const std::filesystem::path& runFolder, const RunOrigin& origin)
{
    Json json = {{"schema", originSchemaVersion}, {"created", origin.created}, {"program", origin.program}};
    if (origin.parent) {
        json["parent"] = {{"run", origin.parent->run}, {"step", origin.parent->step},
            {"how", origin.parent->how == RunParent::How::Fork ? "fork" : "rewind"}};
    }
    return writeFileWhole(runFolder / fileName, prettyJson(json));
}

Result<RunOrigin> readOrigin(const std::filesystem::path& runFolder)
{
    const std::filesystem::path file = runFolder / fileName;
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::symlink_status(file, error)))
        return RunOrigin{};
    Result<Json> json = readUntrustedJson(file);
    if (!json)
        return json.error();
    const auto schema = json->is_object() ? json->find("schema") : json->end();
    if (schema == json->end() || !schema->is_number_integer())
        return Error{"this does not say where a run comes from", file.string(), "restore the file, or delete it"};
    if (schema->get<std::int64_t>() > originSchemaVersion) {
        return Error{"this is of schema " + schema->dump() + ", newer than this program knows ("
                + std::to_string(originSchemaVersion) + ")",
            file.string(), "open the run with a newer Saddle"};
    }
    RunOrigin origin;
    const auto text = [&json](const char* key) {
        const auto found = json->find(key);
        return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    origin.created = text("created");
    origin.program = text("program");
    if (const auto parent = json->find("parent"); parent != json->end()) {
        Result<RunParent> read = parentOf(*parent, file.string());
        if (!read)
            return read.error();
        origin.parent = *std::move(read);
    }
    return origin;
}

} // namespace saddle
