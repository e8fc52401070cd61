// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/load_monitor.h"
#include "core/latent/generator.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

enum class DirectionKind {
    Principal, ///< of the activations of a layer
    Factor, ///< of the first weight
    Groups, ///< from pictures that a person marked
};

/// A way to walk through the latents, as a slider follows it.
struct Direction {
    std::string name; ///< unique in a set; a person may change it
    DirectionKind kind = DirectionKind::Principal;
    std::vector<double> values; ///< one a latent dimension, of length 1
    double spread = 1; ///< standard deviation of latents along it: the natural unit of a slider
    double explained = 0; ///< share of the variance (of the squared weights, for factors), 0 .. 1; NaN for groups
    bool renamed = false; ///< by a person, whose name it keeps
};

/// The standard deviation of latents along any direction: 1 for normal ones, 1/√3 for uniform ones.
double spreadOf(const LatentOptions& latent);

/// A latent moved along a direction by so many spreads.
void moveAlong(Latents& latents, const Direction& direction, double amount);

/// A layer whose activations principal directions can be taken of.
struct DirectionLayer {
    std::string name; ///< id or number
    std::string title; ///< "norm + ReLU"
    Shape shape; ///< of its output
};

struct PrincipalRequest {
    std::int64_t count = 20; ///< directions; at most the latent's dimensions
    std::int64_t samples = 10'000; ///< latents drawn, 2 to 100,000; see Generator::principalDirections
    std::uint64_t seed = 1;
    std::string layer = {}; ///< by its name; empty: the last before the second layer with weights
    std::int64_t label = 0; ///< where the generator reads labels: directions are those of one class
};

/// "These minus those": the direction from the mean of the second group's latents to that of the first. `spread` is
/// that of the distribution. Refuses empty groups, other dimensions than `latent`'s, and groups of the same mean.
Result<Direction> groupDirection(
    const std::string& name, const Latents& these, const Latents& those, const LatentOptions& latent);

/// Keeps sliders what they were when the weights, and with them the directions, change. Each direction of `before` is
/// paired with the one of its kind in `after` that is most nearly parallel, the largest |cosine| first; the result
/// holds those of `after` in the order of `before`, signs turned so that cosines are positive, with names that a person
/// gave. What is left of `after` follows. Groups in `before` are kept as they are, but those of other dimensions.
std::vector<Direction> alignDirections(const std::vector<Direction>& before, std::vector<Direction> after);

/// Where the directions of what `path` names are kept: RUN/directions.json for a run or one of its checkpoints,
/// NAME.directions.json beside a generator's file.
std::filesystem::path directionsFile(const std::filesystem::path& path);

/// Written whole or not at all.
Status saveDirections(const std::filesystem::path& file, const std::vector<Direction>& directions);
/// A file that is not there holds none. An Error names the file and the place of what makes no sense: numbers that are
/// not finite, lengths other than 1, another count than `dimensions`, names that are empty or given twice.
Result<std::vector<Direction>> loadDirections(const std::filesystem::path& file, std::int64_t dimensions);

} // namespace saddle
