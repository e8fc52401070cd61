// SPDX-License-Identifier: GPL-3.0-or-later
// Built without FFmpeg's libraries: films are folders of PNGs.
#include "core/video/encoders.h"

namespace saddle {

namespace {

Error missing(FilmFormat format)
{
    return {std::string("this build writes no ") + (format == FilmFormat::Gif ? "GIF" : "MP4"), "FFmpeg",
        "give a folder, for numbered PNGs, or build where FFmpeg's libraries are (Debian: libavfilter-dev, which "
        "brings the others)"};
}

} // namespace

Status encodersUsable(FilmFormat format)
{
    return missing(format);
}

Result<Film> encodeGif(const FilmRequest&, const std::filesystem::path&, const FrameSource&)
{
    return missing(FilmFormat::Gif);
}

std::span<const char* const> mp4Encoders()
{
    return {};
}

Result<Film> encodeMp4(
    const FilmRequest&, const std::filesystem::path&, const FrameSource&, std::span<const char* const>)
{
    return missing(FilmFormat::Mp4);
}

} // namespace saddle
