// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/latent/discriminator.h"
#include "core/runs/catalog.h"
#include "core/session/engine.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

/// Loads the data that a run or the run of a checkpoint is trained on.
Result<Dataset> loadDataOf(
    const std::filesystem::path& runOrCheckpoint, const Catalog& catalog, const LoadMonitor& monitor);

/// A real image and how far it is.
struct Neighbour {
    std::int64_t index = 0; ///< its place in the data set
    std::int64_t label = -1; ///< -1: the data has none
    double distance = 0; ///< Euclidean: of pixels in 0 .. 1, or of features
    double rms = 0; ///< root of the mean squared difference: the distance by the root of how many numbers there are
    bool mirrored = false; ///< it is its mirror image that is so near, where training mirrors images
};

struct Nearest {
    std::vector<Neighbour> neighbours; ///< the nearest first; of equals, that with the lowest index
    Samples pictures; ///< theirs, in that order
    double typical = 0; ///< median distance of a real image to the nearest other one: what a copy is well below
};

/// The images of a data set, searched by comparing with each. No network, no thread; calls may take seconds.
class Neighbours {
public:
    /// Takes over the data and measures the typical distance on a sample of up to 200 images, fewer where they are many
    /// and large. Refuses points and empty data.
    static Result<Neighbours> of(Dataset dataset, const LoadMonitor& monitor);

    std::int64_t count() const { return m_data.count; }
    const Shape& shape() const { return m_data.shape; }
    /// "Ankle boot", a number where classes have no names, or nothing where there are none.
    std::string labelName(std::int64_t label) const;
    /// Some images as they lie in the data.
    Samples pictures(const std::vector<std::int64_t>& indices) const;

    /// The `wanted` images nearest to a picture in pixels; fewer where there are not so many.
    Result<Nearest> inPixels(const Samples& picture, std::int64_t wanted, const LoadMonitor& monitor) const;

    /// Computes the features of all images, once, before inFeatures; again when the discriminator has other weights.
    /// They are kept as 16-bit numbers with a scale for each image: 1/65,534 of its range is the most they are off.
    /// After an Error (it was cancelled, other shapes) there are none.
    Status learnFeatures(Discriminator& discriminator, const LoadMonitor& monitor);
    bool hasFeatures() const { return m_featureCount > 0; }
    /// Step of the discriminator's training that the features are of.
    std::int64_t featureStep() const { return m_featureStep; }
    /// The same in a discriminator's features. `labels` holds the picture's label where the discriminator reads it.
    Result<Nearest> inFeatures(Discriminator& discriminator, const Samples& picture,
        const std::vector<std::int64_t>& labels, std::int64_t wanted, const LoadMonitor& monitor) const;

private:
    explicit Neighbours(Dataset dataset);
    Status check(const Samples& picture, std::int64_t wanted) const;
    Nearest described(std::vector<Neighbour> found, double typical) const;

    Dataset m_data;
    double m_typicalPixels = 0;
    std::vector<std::int16_t> m_features; ///< count × featureCount
    std::vector<float> m_scales; ///< one an image
    std::int64_t m_featureCount = 0;
    std::int64_t m_featureStep = 0;
    double m_typicalFeatures = 0;
};

} // namespace saddle
