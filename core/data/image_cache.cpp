// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_cache.h"

#include "core/base/json.h"
#include "core/base/philox.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <tuple>

namespace saddle {

namespace fs = std::filesystem;

namespace {

static_assert(std::endian::native == std::endian::little, "the cache's files are little-endian");

constexpr std::array<char, 8> magic{'S', 'A', 'D', 'D', 'L', 'E', 'I', '1'};

struct Trailer {
    std::array<char, 8> magic{};
    std::uint64_t pixels = 0; ///< bytes, from the start
    std::uint64_t labels = 0; ///< bytes behind them
    std::uint64_t text = 0; ///< bytes behind those, up to this trailer
    std::uint64_t checksum = 0; ///< of labels, text and the numbers above
};
static_assert(sizeof(Trailer) == 40);

std::uint64_t fnv(std::string_view bytes, std::uint64_t hash)
{
    for (const char c : bytes)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return hash;
}

std::uint64_t checksum(const Trailer& trailer, std::string_view labels, std::string_view text)
{
    std::uint64_t hash =
        fnv({reinterpret_cast<const char*>(&trailer), offsetof(Trailer, checksum)}, 0xcbf29ce484222325u);
    hash = fnv(labels, hash);
    return fnv(text, hash);
}

std::string_view textOf(const SharedBytes& bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Json describe(const Dataset& data)
{
    Json skipped = Json::array();
    for (const SkippedFile& file : data.skipped)
        skipped.push_back({file.path, file.reason});
    return {{"shape", data.shape}, {"count", data.count}, {"classes", data.classes}, {"class_names", data.classNames},
        {"description", data.description}, {"skipped", std::move(skipped)}};
}

/// The parts of a file whose trailer and checksum hold, or nothing.
std::optional<Dataset> datasetIn(const SharedBytes& bytes)
{
    Trailer trailer;
    if (bytes.size() < sizeof trailer)
        return std::nullopt;
    const std::size_t end = bytes.size() - sizeof trailer;
    std::memcpy(&trailer, bytes.data() + end, sizeof trailer);
    if (trailer.magic != magic || trailer.pixels > end || trailer.labels > end - trailer.pixels
        || trailer.text != end - trailer.pixels - trailer.labels)
        return std::nullopt;
    const SharedBytes labels = bytes.part(trailer.pixels, trailer.labels);
    const SharedBytes text = bytes.part(trailer.pixels + trailer.labels, trailer.text);
    if (checksum(trailer, textOf(labels), textOf(text)) != trailer.checksum)
        return std::nullopt;
    try { // the text is this program's own: what is not as expected is damage
        const Json json = Json::parse(textOf(text));
        Dataset data;
        data.shape = json.at("shape").get<Shape>();
        data.count = json.at("count");
        data.classes = json.at("classes");
        data.classNames = json.at("class_names").get<std::vector<std::string>>();
        data.description = json.at("description");
        for (const Json& file : json.at("skipped"))
            data.skipped.push_back({file.at(0), file.at(1)});
        data.labels.resize(labels.size() / sizeof(std::int32_t));
        if (!data.labels.empty())
            std::memcpy(data.labels.data(), labels.data(), data.labels.size() * sizeof(std::int32_t));
        data.pixels = bytes.part(0, trailer.pixels);
        if (data.count < 1
            || trailer.pixels
                != static_cast<std::uint64_t>(data.count) * static_cast<std::uint64_t>(elementCount(data.shape)))
            return std::nullopt;
        return data;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

} // namespace

ImageCache::ImageCache(fs::path folder)
    : m_folder(std::move(folder))
{
}

std::optional<Dataset> ImageCache::find(const std::string& key) const
{
    const Result<SharedBytes> bytes = mapFile(file(key));
    if (!bytes)
        return std::nullopt;
    std::optional<Dataset> data = datasetIn(*bytes);
    if (data) {
        std::error_code ignored; // it then only looks older than it is
        fs::last_write_time(file(key), fs::file_time_type::clock::now(), ignored);
    }
    return data;
}

ImageCache::Writer::Writer(WholeFile file)
    : m_file(std::move(file))
{
}

Status ImageCache::Writer::append(std::span<const std::uint8_t> pixels)
{
    m_pixels += pixels.size();
    return m_file.append(pixels.data(), pixels.size());
}

Status ImageCache::Writer::commit(const Dataset& data)
{
    const std::string text = describe(data).dump(-1, ' ', false, Json::error_handler_t::replace);
    const std::string_view labels(
        reinterpret_cast<const char*>(data.labels.data()), data.labels.size() * sizeof(std::int32_t));
    Trailer trailer{magic, m_pixels, labels.size(), text.size(), 0};
    trailer.checksum = checksum(trailer, labels, text);
    for (const std::string_view part :
        {labels, std::string_view(text), std::string_view(reinterpret_cast<const char*>(&trailer), sizeof trailer)}) {
        if (Status appended = m_file.append(part.data(), part.size()); !appended)
            return appended;
    }
    return m_file.commit();
}

Result<ImageCache::Writer> ImageCache::create(const std::string& key) const
{
    Result<WholeFile> whole = WholeFile::create(file(key));
    if (!whole)
        return whole.error();
    return Writer(*std::move(whole));
}

void ImageCache::prune(const std::string& keep, std::uintmax_t bytes) const
{
    std::vector<std::tuple<fs::file_time_type, std::uintmax_t, fs::path>> files;
    std::uintmax_t total = 0;
    std::error_code error;
    for (fs::directory_iterator at(m_folder, error), end; !error && at != end; at.increment(error)) {
        std::error_code gone;
        const std::uintmax_t size = fs::file_size(at->path(), gone);
        if (gone || at->path().extension() != ".images")
            continue;
        total += size;
        if (at->path() != file(keep))
            files.emplace_back(fs::last_write_time(at->path(), gone), size, at->path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& [used, size, path] : files) {
        if (total <= bytes)
            return;
        if (fs::remove(path, error)) // who has it mapped keeps it
            total -= size;
    }
}

std::string fingerprint(std::string_view text)
{
    // Two hashes of the text, each mixed with its length.
    const std::uint64_t one = fnv(text, 0xcbf29ce484222325u);
    const std::uint64_t other = fnv(text, 0x9e3779b97f4a7c15u ^ text.size());
    const PhiloxBlock mixed = philox({static_cast<std::uint32_t>(one), static_cast<std::uint32_t>(one >> 32),
                                         static_cast<std::uint32_t>(other), static_cast<std::uint32_t>(other >> 32)},
        {});
    char digits[33];
    std::snprintf(digits, sizeof digits, "%08x%08x%08x%08x", mixed[0], mixed[1], mixed[2], mixed[3]);
    return digits;
}

} // namespace saddle
