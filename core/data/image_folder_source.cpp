// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/descriptor.h"
#include "core/base/files.h"
#include "core/base/text.h"
#include "core/data/describe_source.h"
#include "core/data/image_cache.h"
#include "core/data/image_pipeline.h"
#include "core/data/sources.h"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

enum class Colour { Rgb, Grey };
enum class Background { Black, White, Grey };

struct FolderOptions : FlipOptions {
    fs::path folder;
    std::int64_t size = 64;
    std::int64_t crop = 0;
    Colour colour = Colour::Rgb;
    Background background = Background::Black;
    bool labels = false;
};

DecodeSettings settingsOf(const FolderOptions& o)
{
    constexpr std::uint8_t levels[]{0, 255, 128};
    return {static_cast<int>(o.size), static_cast<int>(o.crop), o.colour == Colour::Grey,
        levels[static_cast<std::size_t>(o.background)]};
}

Status usable(const FolderOptions& o, const ImageDecoder& decoder)
{
    if (!decoder.decode) {
        return Error{"this build cannot decode images", "data.source=image-folder",
            "install OpenCV's libopencv-imgcodecs-dev and build again, or choose a source of another kind, such as "
            "fashion-mnist"};
    }
    if (o.folder.empty())
        return Error{"no folder of images is chosen", "data.folder",
            "give the path of one, or take Fashion-MNIST by data.source=fashion-mnist"};
    std::error_code error;
    const fs::file_status status = fs::status(o.folder, error);
    if (status.type() == fs::file_type::not_found)
        return Error{"there is no such folder", o.folder.string(), "check data.folder"};
    if (!error && !fs::is_directory(status))
        return Error{"this is not a folder", o.folder.string(), "give the folder that the images lie in"};
    if (!error)
        fs::directory_iterator(o.folder, error);
    if (error)
        return systemError(error.value(), "the folder cannot be read", o.folder);
    return {};
}

Result<DataHeader> headerOf(const FolderOptions& o, const ImageDecoder& decoder)
{
    if (Status status = usable(o, decoder); !status)
        return status.error();
    DataHeader header{{settingsOf(o).channels(), o.size, o.size}, 0, 0};
    if (o.labels) {
        const Result<std::vector<std::string>> classes = imageClasses(o.folder);
        if (!classes)
            return classes.error();
        header.classes = static_cast<int>(classes->size());
    }
    return header;
}

/// Another key for whatever would give other pixels, labels or names.
std::string keyOf(const FolderOptions& o, const ImageDecoder& decoder, const ImageFiles& found)
{
    std::error_code error;
    const fs::path folder = fs::canonical(o.folder, error);
    const DecodeSettings settings = settingsOf(o);
    std::string text = decoder.name + '\n' + folder.string() + '\n';
    for (const int number :
        {settings.size, settings.crop, settings.channels(), int{settings.background}, int{o.labels}})
        text += std::to_string(number) + '\n';
    for (const ImageFile& file : found.files)
        text += file.path + '\n' + std::to_string(file.size) + ' ' + std::to_string(file.modified) + '\n';
    return fingerprint(text);
}

/// Held while a folder is decoded, so that two programs do not do it at the same time. Where no file can be made for
/// it, there is no cache to protect either.
class FolderLock {
public:
    explicit FolderLock(const fs::path& path)
        : m_file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644))
    {
    }

    Status wait(const LoadMonitor& monitor) const
    {
        while (m_file.get() >= 0 && ::flock(m_file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            if (!monitor(0, "waiting for another program that decodes this folder"))
                return loadingCancelled();
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return {};
    }

private:
    Descriptor m_file;
};

class FolderLoad {
public:
    FolderLoad(const FolderOptions& options, const ImageDecoder& decoder, const LoadMonitor& monitor)
        : m_options(options)
        , m_decoder(decoder)
        , m_monitor(monitor)
    {
    }

    Result<Dataset> run()
    {
        if (Status status = usable(m_options, m_decoder); !status)
            return status.error();
        Result<ImageFiles> found = listImages(m_options.folder, m_options.labels, m_monitor);
        if (!found)
            return found.error();
        m_found = *std::move(found);
        if (m_found.files.empty())
            return nothingReadable(m_found.skipped);
        const std::string key = keyOf(m_options, m_decoder, m_found);
        if (std::optional<Dataset> kept = m_cache.find(key))
            return *std::move(kept);
        std::error_code ignored; // the cache then cannot be written, which is noticed below
        fs::create_directories(m_cacheFolder, ignored);
        const FolderLock lock(m_cache.lockFile(key));
        if (Status waited = lock.wait(m_monitor); !waited)
            return waited.error();
        if (std::optional<Dataset> kept = m_cache.find(key)) // made by another meanwhile
            return *std::move(kept);
        return decodeToCache(key);
    }

private:
    Error nothingReadable(const std::vector<SkippedFile>& skipped) const
    {
        if (skipped.empty()) {
            return {"there are no images in this folder", m_options.folder.string(),
                "give a folder with JPEG, PNG, WebP, BMP or TIFF files"};
        }
        return {"none of its " + counted(static_cast<std::int64_t>(skipped.size()), "file")
                + " could be read: " + firstSkipped(skipped),
            m_options.folder.string(), "give a folder with images that can be decoded"};
    }

    using Take = std::function<Status(std::span<const std::uint8_t>)>;

    /// Decodes everything into `take`; gives all of the data set but its pixels.
    Result<Dataset> decode(const Take& take) const
    {
        const DecodeSettings settings = settingsOf(m_options);
        Dataset data;
        data.shape = {settings.channels(), settings.size, settings.size};
        data.classNames = m_found.classes;
        data.classes = static_cast<int>(m_found.classes.size());
        data.skipped = m_found.skipped;
        const Status decoded = decodeInOrder(
            m_options.folder, m_found.files, m_decoder, settings, m_monitor,
            [&](const ImageFile& file, std::span<const std::uint8_t> pixels) {
                ++data.count;
                if (m_options.labels)
                    data.labels.push_back(file.label);
                return take(pixels);
            },
            data.skipped);
        if (!decoded)
            return decoded.error();
        if (data.count == 0)
            return nothingReadable(data.skipped);
        data.description = namedPath(m_options.folder).filename().string() + ", " + counted(data.count, "image");
        return data;
    }

    Result<Dataset> decodeToCache(const std::string& key) const
    {
        std::optional<Error> unwritable;
        if (Result<ImageCache::Writer> writer = m_cache.create(key)) {
            const Result<Dataset> data = decode([&](std::span<const std::uint8_t> pixels) {
                Status appended = writer->append(pixels);
                if (!appended)
                    unwritable = appended.error();
                return appended;
            });
            if (!data && !unwritable)
                return data.error();
            if (data) {
                if (Status committed = writer->commit(*data); !committed)
                    unwritable = committed.error();
            }
        } else {
            unwritable = writer.error();
        }
        if (!unwritable) {
            if (std::optional<Dataset> kept = m_cache.find(key)) {
                m_cache.prune(key);
                return *std::move(kept);
            }
            unwritable = Error{"the file that was just written cannot be read", m_cacheFolder.string(), ""};
        }
        std::vector<std::uint8_t> all;
        Result<Dataset> data = decode([&all](std::span<const std::uint8_t> pixels) -> Status {
            all.insert(all.end(), pixels.begin(), pixels.end());
            return {};
        });
        if (data) {
            data->pixels = std::move(all);
            data->notes.push_back("The decoded images could not be kept for the next start. " + unwritable->sentence());
        }
        return data;
    }

    const FolderOptions& m_options;
    const ImageDecoder& m_decoder;
    const LoadMonitor& m_monitor;
    const fs::path m_cacheFolder = userCacheFolder() / "images";
    const ImageCache m_cache{m_cacheFolder};
    ImageFiles m_found;
};

} // namespace

SourceInfo imageFolderSource(const ImageDecoder& decoder)
{
    using O = FolderOptions;
    return describeSource<O>("image-folder", "Folder of images")
        .help("JPEG, PNG, WebP, BMP and TIFF files of a folder and all below it")
        .source("Yours; CelebA's usual preparation is a crop of 128 and a size of 64")
        .parameter("folder", &O::folder, {.label = "Folder", .help = "Where the images lie, also in sub-folders"})
        .parameter("size", &O::size,
            {.label = "Size",
                .help = "Side of the square that each image becomes",
                .unit = "px",
                .min = 4,
                .max = 1024})
        .parameter("crop", &O::crop,
            {.label = "Crop",
                .help = "Side of the square that is cut from the middle before the resize; 0 takes the largest",
                .unit = "px",
                .min = 0,
                .max = 8192})
        .parameter("colour", &O::colour, {.label = "Colour", .choices = {{"rgb", "Colour"}, {"grey", "Grey"}}})
        .parameter("background", &O::background,
            {.label = "Background",
                .help = "What lies under transparent parts",
                .choices = {{"black", "Black"}, {"white", "White"}, {"grey", "Grey"}}})
        .parameter("labels", &O::labels,
            {.label = "Labels from folders", .help = "Each sub-folder of the first level is a class"})
        .with(flipOption<O>)
        .build([decoder](const O& o) { return headerOf(o, decoder); },
            [decoder](const O& o, const LoadMonitor& monitor) -> Result<Dataset> {
                Result<Dataset> data = FolderLoad(o, decoder, monitor).run();
                if (data)
                    data->flip = o.flip;
                return data;
            });
}

} // namespace saddle
