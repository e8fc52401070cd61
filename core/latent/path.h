// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/interpolate.h"
#include "core/params/schema.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace saddle {

/// A latent that a path passes through.
struct KeyFrame {
    std::vector<float> latent;
    std::optional<std::int64_t> label = {}; ///< from 0, where the generator reads labels
    std::string name = {}; ///< "seed 7"; may be empty

    bool operator==(const KeyFrame&) const = default;
};

/// The latents of key frames, which are of the same dimensions, with their labels where all have one.
Latents latentsOf(const std::vector<KeyFrame>& keys);

/// How a path goes from one key frame to the next.
struct PathOptions {
    Interpolation interpolation = Interpolation::Spherical;
    std::int64_t framesPerSegment = 50; ///< from one key frame to the next, that one not counted
    double framesPerSecond = 25;
    bool loop = false; ///< the last key frame leads back to the first

    bool operator==(const PathOptions&) const = default;
};

const Schema<PathOptions>& pathSchema();

/// A path has no more frames than this.
constexpr std::int64_t mostPathFrames = 100'000;

/// The frames that a segment of so many seconds has; at least one.
std::int64_t framesInSeconds(double seconds, double framesPerSecond);

/// A walk through latent space over key frames. Frames are computed one by one when they are asked for: a long path
/// costs no more than its key frames. Frame i k of a path with k frames a segment is key frame i to the last bit; a
/// frame between two takes the label of the nearer one, half-way that of the next.
struct LatentPath {
    PathOptions options;
    std::vector<KeyFrame> keys;

    /// An Error where there is no key frame, latents are of different dimensions or not finite, only some have labels,
    /// or options are out of range. All below is for paths that pass.
    Status check() const;

    /// Open: (keys - 1) × framesPerSegment + 1. Closed: keys × framesPerSegment, as the last frame leads to the first,
    /// which does not come twice. One key frame alone is one frame.
    std::int64_t frameCount() const;
    /// Frames from `first` on, `count` of them.
    Latents frames(std::int64_t first, std::int64_t count) const;
    Latents frame(std::int64_t number) const { return frames(number, 1); }

    bool operator==(const LatentPath&) const = default;
};

/// A path over rows of latents, each named by its number from 1; options as they are by default but for what suits the
/// distribution.
LatentPath pathOver(const Latents& latents, LatentDistribution distribution);

/// Writes a path as JSON, whole or not at all: "format", the options, then "keys" with "name", "label" and "latent",
/// whose digits bring back every bit.
Status writePath(const std::filesystem::path& file, const LatentPath& path);

/// Reads such a file. An Error names file and place: "walk.json: keys.2.latent.17".
Result<LatentPath> readPath(const std::filesystem::path& file);

} // namespace saddle
