// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/video/film.h"

namespace saddle {

/// How a run's samples came about: each kept grid is a frame, in the order of steps. Where an edit has changed the
/// grid, smaller ones stand at the upper left of a black frame as large as the largest; where some are coloured, all
/// are. The request's count of frames is that of the grids. An Error of makeFilm(), for a run without kept grids, for a
/// picture that is damaged.
Result<Film> makeRunFilm(const std::filesystem::path& runFolder, FilmRequest request, const FilmMonitor& monitor);

} // namespace saddle
