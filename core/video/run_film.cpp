// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/video/run_film.h"

#include "core/runs/run_folder.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

/// A picture in the upper left of a black canvas.
Image onCanvas(const Image& picture, const Image& canvas)
{
    if (picture.width == canvas.width && picture.height == canvas.height && picture.channels == canvas.channels)
        return picture;
    Image result = canvas;
    const auto channels = static_cast<std::size_t>(canvas.channels);
    const auto own = static_cast<std::size_t>(picture.channels);
    result.pixels.assign(
        static_cast<std::size_t>(canvas.width) * static_cast<std::size_t>(canvas.height) * channels, 0);
    for (std::size_t y = 0; y < static_cast<std::size_t>(picture.height); ++y) {
        const std::uint8_t* from = picture.pixels.data() + y * static_cast<std::size_t>(picture.width) * own;
        std::uint8_t* to = result.pixels.data() + y * static_cast<std::size_t>(canvas.width) * channels;
        for (std::size_t x = 0; x < static_cast<std::size_t>(picture.width); ++x) {
            for (std::size_t c = 0; c < channels; ++c)
                to[x * channels + c] = from[x * own + (own == 1 ? 0 : c)];
        }
    }
    return result;
}

} // namespace

Result<Film> makeRunFilm(const fs::path& runFolder, FilmRequest request, const FilmMonitor& monitor)
{
    std::vector<fs::path> pictures;
    for (auto& [step, file] : keptSamples(runFolder))
        pictures.push_back(std::move(file));
    if (pictures.empty()) {
        return Error{"this run has kept no samples", (runFolder / "samples").string(),
            "keep some by sampling.keep_every while it trains"};
    }
    Image canvas;
    for (const fs::path& file : pictures) {
        const Result<Image> picture = readPng(file);
        if (!picture)
            return picture.error();
        canvas.width = std::max(canvas.width, picture->width);
        canvas.height = std::max(canvas.height, picture->height);
        canvas.channels = std::max(canvas.channels, picture->channels);
    }
    request.frames = static_cast<std::int64_t>(pictures.size());
    const FrameSource frames = [&](std::int64_t number) -> Result<Image> {
        Result<Image> picture = readPng(pictures[static_cast<std::size_t>(number)]);
        return picture ? Result<Image>(onCanvas(*picture, canvas)) : picture;
    };
    return makeFilm(request, frames, monitor);
}

} // namespace saddle
