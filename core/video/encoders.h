// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/video/film.h"

#include <span>

namespace saddle {

/// What film.cpp asks of a library of encoders. A request that comes here passed checkFilm(), and the frames are ready:
/// zoomed and of one size.

/// Whether there are encoders in this build.
Status encodersUsable(FilmFormat format);

/// Writes a GIF to a file under the name `file`; errors name the request's path.
Result<Film> encodeGif(const FilmRequest& request, const std::filesystem::path& file, const FrameSource& frames);

/// The encoders of MP4s, best first.
std::span<const char* const> mp4Encoders();

/// Writes an MP4 by the first of `encoders` that there is.
Result<Film> encodeMp4(const FilmRequest& request, const std::filesystem::path& file, const FrameSource& frames,
    std::span<const char* const> encoders = mp4Encoders());

} // namespace saddle
