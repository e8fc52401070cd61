// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/path.h"

#include "core/base/files.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr const char* formatName = "saddle-path-1";
constexpr std::size_t largestFile = std::size_t{16} << 20; ///< that readJson() takes

std::string placeOf(std::size_t key)
{
    return "keys." + std::to_string(key);
}

Result<float> numberFrom(const Json& value, const std::string& where)
{
    const auto number = value.is_number() ? static_cast<float>(value.get<double>()) : NAN;
    if (!std::isfinite(number))
        return Error{jsonText(value) + " is no finite number", where, "give one that float32 holds"};
    return number;
}

Result<KeyFrame> keyFrom(const Json& json, const std::string& where)
{
    const std::vector<std::string> known{"name", "label", "latent"};
    if (!json.is_object())
        return Error{"this is no key frame", where, "give an object with \"latent\""};
    for (const auto& [key, value] : json.items()) {
        if (std::find(known.begin(), known.end(), key) != known.end())
            continue;
        const std::string near = nearestWord(key, known);
        return Error{"there is no such key", std::string(where).append(".").append(key),
            near.empty() ? "a key frame has name, label and latent" : "did you mean “" + near + "”?"};
    }
    KeyFrame frame;
    if (const auto name = json.find("name"); name != json.end()) {
        if (!name->is_string())
            return Error{jsonText(*name) + " is no text", where + ".name", "put it in quotes"};
        frame.name = name->get<std::string>();
    }
    if (const auto label = json.find("label"); label != json.end()) {
        if (!label->is_number_integer())
            return Error{jsonText(*label) + " is no label", where + ".label", "give a number from 0 on"};
        frame.label = label->get<std::int64_t>();
    }
    const auto latent = json.find("latent");
    if (latent == json.end() || !latent->is_array())
        return Error{"the latent is missing", where + ".latent", "give a list of numbers"};
    for (std::size_t i = 0; i < latent->size(); ++i) {
        const Result<float> number = numberFrom((*latent)[i], where + ".latent." + std::to_string(i));
        if (!number)
            return number.error();
        frame.latent.push_back(*number);
    }
    return frame;
}

} // namespace

const Schema<PathOptions>& pathSchema()
{
    static const Schema<PathOptions> schema = [] {
        using O = PathOptions;
        Schema<O> s;
        s.parameter("interpolation", &O::interpolation,
            {.label = "Interpolation",
                .help = "Straight through latent space, or along great circles as suits normal latents",
                .choices = {{"linear", "Linear"}, {"spherical", "Spherical"}}});
        s.parameter("frames_per_segment", &O::framesPerSegment,
            {.label = "Frames per segment",
                .help = "From one key frame to the next",
                .min = 1,
                .max = static_cast<double>(mostPathFrames)});
        s.parameter("frames_per_second", &O::framesPerSecond,
            {.label = "Frames per second", .help = "How fast the film runs", .min = 0.1, .max = 240});
        s.parameter("loop", &O::loop, {.label = "Loop", .help = "The last key frame leads back to the first"});
        return s;
    }();
    return schema;
}

std::int64_t framesInSeconds(double seconds, double framesPerSecond)
{
    const double frames = std::round(seconds * framesPerSecond);
    // Written so that what is no number becomes 1.
    return frames > 1 ? static_cast<std::int64_t>(std::min(frames, static_cast<double>(mostPathFrames))) : 1;
}

Latents latentsOf(const std::vector<KeyFrame>& keys)
{
    Latents latents;
    latents.dimensions = keys.empty() ? 0 : static_cast<std::int64_t>(keys.front().latent.size());
    for (const KeyFrame& key : keys) {
        latents.values.insert(latents.values.end(), key.latent.begin(), key.latent.end());
        if (key.label)
            latents.labels.push_back(*key.label);
    }
    return latents;
}

Status LatentPath::check() const
{
    if (const Result<Json> sane = resolveParameters(pathSchema().parameters(), pathSchema().write(options), ""); !sane)
        return sane.error();
    if (keys.empty())
        return Error{"a path needs a key frame", "keys", "add one"};
    const std::size_t dimensions = keys.front().latent.size();
    if (dimensions == 0)
        return Error{"a latent has no numbers", placeOf(0) + ".latent", "give some"};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const KeyFrame& key = keys[i];
        if (key.latent.size() != dimensions) {
            return Error{"the latent has " + counted(static_cast<std::int64_t>(key.latent.size()), "number")
                    + ", the first has " + std::to_string(dimensions),
                placeOf(i) + ".latent", "give as many to each key frame"};
        }
        if (!std::all_of(key.latent.begin(), key.latent.end(), [](float value) { return std::isfinite(value); }))
            return Error{"not every number is finite", placeOf(i) + ".latent", "give finite ones"};
        if (key.label.has_value() != keys.front().label.has_value())
            return Error{
                "some key frames have a label, others none", placeOf(i) + ".label", "give one to each, or to none"};
        if (key.label && *key.label < 0)
            return Error{
                "there is no label " + std::to_string(*key.label), placeOf(i) + ".label", "give one from 0 on"};
    }
    if (frameCount() > mostPathFrames) {
        return Error{"the path has more than " + grouped(mostPathFrames) + " frames", "frames_per_segment",
            "take fewer for a segment, or fewer key frames"};
    }
    return {};
}

std::int64_t LatentPath::frameCount() const
{
    const auto count = static_cast<std::int64_t>(keys.size());
    if (count < 2)
        return count;
    return options.loop ? count * options.framesPerSegment : (count - 1) * options.framesPerSegment + 1;
}

Latents LatentPath::frames(std::int64_t first, std::int64_t count) const
{
    Latents latents;
    latents.dimensions = static_cast<std::int64_t>(keys.front().latent.size());
    latents.values.reserve(static_cast<std::size_t>(count * latents.dimensions));
    for (std::int64_t number = first; number < first + count; ++number) {
        const KeyFrame& from = keys[static_cast<std::size_t>(number / options.framesPerSegment)];
        const KeyFrame& to = keys[static_cast<std::size_t>(number / options.framesPerSegment + 1) % keys.size()];
        const double t =
            static_cast<double>(number % options.framesPerSegment) / static_cast<double>(options.framesPerSegment);
        const std::vector<float> latent = interpolate(options.interpolation, from.latent, to.latent, t);
        latents.values.insert(latents.values.end(), latent.begin(), latent.end());
        if (from.label)
            latents.labels.push_back(t < 0.5 ? *from.label : *to.label);
    }
    return latents;
}

LatentPath pathOver(const Latents& latents, LatentDistribution distribution)
{
    LatentPath path;
    path.options.interpolation = interpolationFor(distribution);
    for (std::int64_t row = 0; row < latents.count(); ++row) {
        Latents one = latents.rows(row, 1);
        KeyFrame key{std::move(one.values), {}, std::to_string(row + 1)};
        if (!one.labels.empty())
            key.label = one.labels.front();
        path.keys.push_back(std::move(key));
    }
    return path;
}

Status writePath(const std::filesystem::path& file, const LatentPath& path)
{
    if (Status sane = path.check(); !sane)
        return sane.error().in(file.string());
    Json json{{"format", formatName}};
    json.update(pathSchema().write(path.options));
    json["keys"] = Json::array();
    for (const KeyFrame& key : path.keys) {
        Json entry = Json::object();
        if (!key.name.empty())
            entry["name"] = key.name;
        if (key.label)
            entry["label"] = *key.label;
        entry["latent"] = key.latent;
        json["keys"].push_back(std::move(entry));
    }
    const std::string text = prettyJson(json);
    if (text.size() > largestFile)
        return Error{"the path would be larger than can be read again", file.string(), "take fewer key frames"};
    return writeFileWhole(file, text);
}

Result<LatentPath> readPath(const std::filesystem::path& file)
{
    const std::string where = file.string();
    const Result<Json> json = readJson(file);
    if (!json)
        return json.error();
    const auto format = json->is_object() ? json->find("format") : json->end();
    if (format == json->end() || *format != formatName) {
        return Error{"this is no path through latent space", where,
            std::string("give a file whose \"format\" is \"") + formatName + "\""};
    }
    const Result<Json> options = resolveParameters(pathSchema().parameters(), *json, "", {"format", "keys"});
    if (!options)
        return options.error().in(where);
    LatentPath path;
    path.options = pathSchema().read(*options);
    const auto keys = json->find("keys");
    if (keys == json->end() || !keys->is_array())
        return Error{"there are no key frames in it", where + ": keys", "give a list of them"};
    for (std::size_t i = 0; i < keys->size(); ++i) {
        Result<KeyFrame> key = keyFrom((*keys)[i], placeOf(i));
        if (!key)
            return key.error().in(where);
        path.keys.push_back(*std::move(key));
    }
    if (Status sane = path.check(); !sane)
        return sane.error().in(where);
    return path;
}

} // namespace saddle
