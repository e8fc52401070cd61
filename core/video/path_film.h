// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/path.h"
#include "core/video/film.h"

namespace saddle {

/// What a generator shows along a path: frame i of the film is its picture of frame i of the path, one of the plane as
/// a drawing of its point. Frames and their rate are the path's, whatever the request says of them. A folder of PNGs
/// also has latents.csv, from which any of them is made again. An Error of makeFilm() or checkPathFor(), of the
/// generator.
Result<Film> makePathFilm(
    Generator& generator, const LatentPath& path, FilmRequest request, const FilmMonitor& monitor);

/// Whether a generator can take a path: latents of as many numbers, labels where it reads them and nowhere else.
Status checkPathFor(const LatentPath& path, const GeneratorHead& generator);

/// Latents as one picture with so many columns, zoomed like a film; points of the plane all in one drawing. The monitor
/// is told of pictures, and false of it is an Error. So is what makes too large a picture.
Result<Image> makeSheetPicture(
    Generator& generator, const Latents& latents, std::int64_t columns, int zoom, const FilmMonitor& monitor);

} // namespace saddle
