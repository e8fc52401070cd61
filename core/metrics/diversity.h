// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/engine.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace saddle {

/// How far samples lie from each other: the root of the mean squared distance of all pairs,
///
///     √( 1/(N(N-1)) ΣΣ_{i≠j} ‖x_i - x_j‖² ) = √( 2 Σ_p s_p² ),   s_p² the unbiased variance of coordinate p,
///
/// in grey levels for images and in units of the plane for points. The right side takes one pass over the samples, not
/// one for each pair. Of large grids it looks at no more than 64 samples and about a million of their numbers, evenly
/// spread. Nothing for fewer than two samples or for numbers that are not finite.
std::optional<double> spread(const Samples& samples);

/// The spread of the real samples in `samples`: its own pixels, or the real points beside generated ones.
std::optional<double> realSpread(const Samples& samples);

/// Diversity at a step: the spread of generated samples as a share of that of real ones. 1 where G's samples differ as
/// much as real ones do, near 0 where they are all alike. The distances between samples are what is left of them when a
/// generator collapses (Goodfellow 2016, arXiv:1701.00160, section 5.1.1; Salimans et al. 2016, arXiv:1606.03498,
/// section 3.2). It does not see lost modes while the others lie far apart.
struct DiversityPoint {
    std::int64_t step = 0;
    double diversity = 0;
};

/// Its name among a run's curves.
constexpr const char* diversityColumn = "diversity";

/// RUN/diversity.csv: a line for each time samples were made, fewer than there are rows of metrics, and none where
/// nobody looked. Appended a whole line at a time. Going on from an earlier step writes earlier steps again, which
/// replace what came after them; so nothing needs to be cut off.
Status appendDiversity(const std::filesystem::path& runFolder, const DiversityPoint& point);

/// In order of steps. A run without the file has none; lines that hold no such point are passed over.
std::vector<DiversityPoint> readDiversity(const std::filesystem::path& runFolder);

} // namespace saddle
