// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/video/film.h"

#include "core/base/files.h"
#include "core/base/whole_file.h"
#include "core/video/encoders.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <optional>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr int largestSide = 8192; ///< pixels of a film
constexpr std::int64_t mostFrames = 1'000'000;

/// Frames as they are written: zoomed, all like the first, counted to the monitor.
class Frames {
public:
    Frames(const FilmRequest& request, const FrameSource& source, const FilmMonitor& monitor)
        : m_request(request)
        , m_source(source)
        , m_monitor(monitor)
        , m_total(request.frames * (request.format == FilmFormat::Gif ? 2 : 1))
    {
    }

    Result<Image> operator()(std::int64_t number)
    {
        if (m_monitor && !m_monitor(m_done, m_total))
            return Error{"the film was cancelled", m_request.path.string(), ""};
        Result<Image> image = m_source(number);
        if (!image)
            return image;
        if (Status fits = check(*image, number); !fits)
            return fits.error();
        ++m_done;
        return m_request.zoom > 1 ? scaleUp(*image, m_request.zoom) : *std::move(image);
    }

    /// When the last frame was taken.
    void tellEnd() const
    {
        if (m_monitor)
            m_monitor(m_total, m_total);
    }

private:
    Status check(const Image& image, std::int64_t number)
    {
        const std::array<int, 3> size{image.width, image.height, image.channels};
        const std::string where = "frame " + std::to_string(number + 1);
        if (!m_size) {
            const auto area = static_cast<std::size_t>(std::max(0, image.width))
                * static_cast<std::size_t>(std::max(0, image.height));
            if (area == 0 || (image.channels != 1 && image.channels != 3)
                || image.pixels.size() != area * static_cast<std::size_t>(image.channels))
                return Error{"this is no picture", where, "give grey or coloured pixels"};
            if (std::max(image.width, image.height) > largestSide / m_request.zoom) {
                return Error{std::to_string(image.width) + " × " + std::to_string(image.height) + " pixels, "
                        + std::to_string(m_request.zoom) + " times as large, are too many for a film",
                    where, "zoom less: a side has at most " + std::to_string(largestSide) + " pixels"};
            }
            m_size = size;
        }
        if (*m_size != size)
            return Error{"it is of another size than the first", where, "give frames of one size"};
        return {};
    }

    const FilmRequest& m_request;
    const FrameSource& m_source;
    const FilmMonitor& m_monitor;
    std::int64_t m_total;
    std::int64_t m_done = 0;
    std::optional<std::array<int, 3>> m_size;
};

/// A folder that appears whole or not at all, as WholeFile does for files.
class WholeFolder {
public:
    static Result<WholeFolder> create(fs::path path)
    {
        std::error_code error;
        if (!path.has_filename()) // it ends in a slash
            path = path.parent_path();
        fs::create_directories(fs::absolute(path, error).parent_path(), error);
        if (error)
            return systemError(error.value(), "the folder cannot be made", path);
        // What a crash left under such a name is in nobody's way.
        for (int number = 1; number <= 1000; ++number) {
            fs::path temporary = path;
            temporary += number > 1 ? ".part-" + std::to_string(number) : ".part";
            if (fs::create_directory(temporary, error))
                return WholeFolder(path, std::move(temporary));
            if (error && error != std::errc::file_exists)
                return systemError(error.value(), "the folder cannot be made", path);
        }
        return Error{"the folder cannot be made", path.string(), "remove those beside it whose names have “.part”"};
    }

    WholeFolder(WholeFolder&& other) noexcept
        : m_path(std::move(other.m_path))
        , m_temporary(std::exchange(other.m_temporary, {}))
    {
    }
    WholeFolder& operator=(WholeFolder&&) = delete;
    ~WholeFolder()
    {
        std::error_code error;
        if (!m_temporary.empty())
            fs::remove_all(m_temporary, error);
    }

    const fs::path& temporary() const { return m_temporary; }

    Status commit()
    {
        std::error_code error;
        syncFolder(m_temporary);
        fs::rename(m_temporary, m_path, error); // over an empty folder, too
        if (error)
            return systemError(error.value(), "the folder cannot be put in place", m_path);
        m_temporary.clear();
        syncFolder(m_path.parent_path());
        return {};
    }

private:
    WholeFolder(fs::path path, fs::path temporary)
        : m_path(std::move(path))
        , m_temporary(std::move(temporary))
    {
    }

    fs::path m_path;
    fs::path m_temporary;
};

/// Errors of files under their temporary name, as a person knows the place.
Error named(Error error, const fs::path& temporary, const fs::path& path)
{
    if (error.where.rfind(temporary.string(), 0) == 0)
        error.where = path.string() + error.where.substr(temporary.string().size());
    return error;
}

Result<Film> writePngs(const FilmRequest& request, Frames& frames)
{
    Result<WholeFolder> folder = WholeFolder::create(request.path);
    if (!folder)
        return folder.error();
    Film film;
    film.codec = "png";
    for (std::int64_t number = 0; number < request.frames; ++number) {
        const Result<Image> image = frames(number);
        if (!image)
            return image.error();
        film.width = image->width;
        film.height = image->height;
        if (Status put = writePng(folder->temporary() / framePngName(number), *image, request.text); !put)
            return named(put.error(), folder->temporary(), request.path);
    }
    if (request.addFiles) {
        if (Status added = request.addFiles(folder->temporary()); !added)
            return named(added.error(), folder->temporary(), request.path);
    }
    if (Status put = folder->commit(); !put)
        return put.error();
    return film;
}

} // namespace

Result<FilmFormat> filmFormatOf(const fs::path& path)
{
    std::string ending = path.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
        [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (ending == ".gif")
        return FilmFormat::Gif;
    if (ending == ".mp4")
        return FilmFormat::Mp4;
    if (ending.empty())
        return FilmFormat::Pngs;
    return Error{"“" + ending + "” is no film", path.string(),
        "name it .gif or .mp4; for a folder of PNGs, end it with a slash"};
}

Status filmFormatUsable(FilmFormat format)
{
    return format == FilmFormat::Pngs ? Status() : encodersUsable(format);
}

Status checkFilm(const FilmRequest& request)
{
    const std::string where = request.path.string();
    if (Status usable = filmFormatUsable(request.format); !usable)
        return usable;
    if (request.frames < 1 || request.frames > mostFrames)
        return Error{std::to_string(request.frames) + " frames make no film", where, "ask for 1 to 1,000,000"};
    if (request.zoom < 1 || request.zoom > 64)
        return Error{"there is no zoom of " + std::to_string(request.zoom), where, "ask for 1 to 64"};
    // A GIF's shortest time is a hundredth, but browsers show what is shorter than two as ten.
    const double fastest = request.format == FilmFormat::Gif ? 50 : 240;
    if (!(request.framesPerSecond >= 0.1 && request.framesPerSecond <= fastest)) {
        return Error{request.format == FilmFormat::Gif ? "a GIF cannot run that fast or slowly"
                                                       : "a film cannot run that fast or slowly",
            where, "ask for 0.1 to " + std::to_string(static_cast<int>(fastest)) + " frames a second"};
    }
    return request.format == FilmFormat::Pngs ? checkEmptyFolder(request.path) : Status();
}

Result<Film> makeFilm(const FilmRequest& request, const FrameSource& source, const FilmMonitor& monitor)
{
    if (Status sane = checkFilm(request); !sane)
        return sane.error();
    Frames frames(request, source, monitor);
    if (request.format == FilmFormat::Pngs) {
        Result<Film> film = writePngs(request, frames);
        if (film)
            frames.tellEnd();
        return film;
    }
    Result<WholeFile> file = WholeFile::create(request.path);
    if (!file)
        return file.error();
    const FrameSource pull = [&frames](std::int64_t number) { return frames(number); };
    Result<Film> film = request.format == FilmFormat::Gif ? encodeGif(request, file->temporary(), pull)
                                                          : encodeMp4(request, file->temporary(), pull);
    if (!film)
        return film;
    if (Status put = file->commit(); !put)
        return put.error();
    frames.tellEnd();
    return film;
}

std::string framePngName(std::int64_t number)
{
    std::array<char, 48> name{};
    std::snprintf(name.data(), name.size(), "frame-%05lld.png", static_cast<long long>(number + 1));
    return name.data();
}

} // namespace saddle
