// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace saddle {

enum class FilmFormat {
    Gif, ///< with a palette of its own: at most 256 colours come out as they went in
    Mp4, ///< H.264, 4:2:0, BT.709
    Pngs, ///< a folder of frame-00001.png, frame-00002.png …
};

struct FilmRequest {
    std::filesystem::path path; ///< of the file, or of a folder that is new or empty
    FilmFormat format = FilmFormat::Gif;
    std::int64_t frames = 0;
    double framesPerSecond = 25; ///< a GIF counts hundredths of a second: of 30 frames some are shown 3, some 4 of them
    int zoom = 1; ///< every pixel as a square of so many
    bool loop = true; ///< a GIF begins again at its end
    PngText text = {}; ///< kept in each PNG
    /// Called when all PNGs are in their folder, under the name that it has until it is whole: to add to it.
    std::function<Status(const std::filesystem::path& folder)> addFiles = {};
};

/// The frame of a number from 0 on. All frames are of one size and equally grey or coloured. The same number gives the
/// same frame: of a GIF, each is asked for twice, first for the colours and then for the pictures, so that no more than
/// a few are in memory.
using FrameSource = std::function<Result<Image>(std::int64_t number)>;

/// Told how many frames of `total` were taken (a GIF's count twice); false ends it. May be empty.
using FilmMonitor = std::function<bool(std::int64_t done, std::int64_t total)>;

/// A film that was made.
struct Film {
    int width = 0; ///< pixels; an MP4 repeats its last row or column where the number of them is odd
    int height = 0;
    std::string codec; ///< "gif", "libx264", "png"
    std::vector<std::string> notes; ///< what a person should know: "no libx264: …"
};

/// The format for a path: by its ending, .gif or .mp4; a folder where it has none.
Result<FilmFormat> filmFormatOf(const std::filesystem::path& path);

/// Whether this build writes the format; the Error names the package that is missing.
Status filmFormatUsable(FilmFormat format);

/// What can be told to be wrong before the first frame is made.
Status checkFilm(const FilmRequest& request);

/// Makes a film: whole, or nothing of it is left, and what was in its place stays. The same frames and request give the
/// same bytes with the same FFmpeg. An Error when it was cancelled, of the frame source as it is, of a frame unlike the
/// first, of a disk that is full.
Result<Film> makeFilm(const FilmRequest& request, const FrameSource& source, const FilmMonitor& monitor);

/// "frame-00001.png" for the frame 0.
std::string framePngName(std::int64_t number);

} // namespace saddle
