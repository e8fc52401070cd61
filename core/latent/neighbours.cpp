// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/neighbours.h"

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/latent/checkpoint_network.h"
#include "core/latent/shortlist.h"
#include "core/runs/run_folder.h"

#include <algorithm>
#include <cmath>

namespace saddle {

namespace {

constexpr std::int64_t imagesAtOnce = 256; ///< between two reports of progress, and for features

using Bytes = std::vector<std::uint8_t>;

/// Calls `visit` for each number below `count`; false when the monitor ended it. `from` and `to` are where the progress
/// of this part begins and ends.
template <typename Visit>
bool visitAll(
    std::int64_t count, const LoadMonitor& monitor, const std::string& what, double from, double to, Visit visit)
{
    for (std::int64_t begin = 0; begin < count; begin += imagesAtOnce) {
        for (std::int64_t i = begin; i < std::min(count, begin + imagesAtOnce); ++i)
            visit(i);
        const double done = static_cast<double>(std::min(count, begin + imagesAtOnce)) / static_cast<double>(count);
        if (!monitor(from + (to - from) * done, what))
            return false;
    }
    return true;
}

Error searchCancelled()
{
    return {"the search was cancelled", "", ""};
}

/// Numbers of images spread over the data set: as many as can be compared with all others in some seconds.
std::vector<std::int64_t> spreadSample(std::int64_t count, std::int64_t bytesEach)
{
    constexpr double most = 8e9; // bytes compared
    const double bytes = static_cast<double>(count) * static_cast<double>(bytesEach);
    const auto sample = static_cast<std::int64_t>(std::clamp(most / bytes, 10.0, 200.0));
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < std::min(sample, count); ++i)
        numbers.push_back(i * count / std::min(sample, count));
    return numbers;
}

/// The median over some images of the distance to the nearest other one; 0 for a single image. `distance(i, s, bound)`
/// is the squared one between image i and the s-th of the sample.
template <typename Distance>
Result<double> typicalDistance(std::int64_t count, const std::vector<std::int64_t>& sample, const LoadMonitor& monitor,
    double from, Distance distance)
{
    std::vector<double> least(sample.size(), noDistance);
    const bool done = visitAll(count, monitor, "how far real images are apart", from, 1, [&](std::int64_t i) {
        for (std::size_t s = 0; s < sample.size(); ++s) {
            if (sample[s] != i)
                least[s] = std::min(least[s], distance(i, s, least[s]));
        }
    });
    if (!done)
        return searchCancelled();
    if (count < 2)
        return 0.0;
    for (double& value : least)
        value = std::sqrt(value);
    return median(std::move(least));
}

/// A picture's bytes as a data set keeps them, C × H × W, or its mirror image's.
Bytes planes(const Samples& picture, bool mirrored)
{
    Bytes bytes;
    bytes.reserve(picture.pixels.size());
    for (int channel = 0; channel < picture.channels; ++channel) {
        for (int y = 0; y < picture.height; ++y) {
            for (int x = 0; x < picture.width; ++x) {
                const int column = mirrored ? picture.width - 1 - x : x;
                const auto place = (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width)
                                       + static_cast<std::size_t>(column))
                        * static_cast<std::size_t>(picture.channels)
                    + static_cast<std::size_t>(channel);
                bytes.push_back(picture.pixels[place]);
            }
        }
    }
    return bytes;
}

Samples mirror(const Samples& picture)
{
    Samples other = picture;
    const auto channels = static_cast<std::ptrdiff_t>(picture.channels);
    for (std::ptrdiff_t row = 0; row < picture.height; ++row) {
        for (std::ptrdiff_t x = 0; x < picture.width; ++x) {
            std::copy_n(picture.pixels.begin() + (row * picture.width + picture.width - 1 - x) * channels, channels,
                other.pixels.begin() + (row * picture.width + x) * channels);
        }
    }
    return other;
}

} // namespace

Result<Dataset> loadDataOf(
    const std::filesystem::path& runOrCheckpoint, const Catalog& catalog, const LoadMonitor& monitor)
{
    const Result<std::filesystem::path> folder = findCheckpoint(runOrCheckpoint);
    if (!folder)
        return folder.error();
    const Result<CheckpointData> checkpoint = readCheckpoint(*folder, [](const std::string&) { return false; });
    if (!checkpoint)
        return checkpoint.error();
    const Result<CheckpointExperiment> experiment = experimentOf(*checkpoint, *folder, catalog);
    if (!experiment)
        return experiment.error();
    const Json& data = experiment->document["data"];
    return catalog.sources.find(data["source"])->load(data, monitor);
}

Neighbours::Neighbours(Dataset dataset)
    : m_data(std::move(dataset))
{
}

Result<Neighbours> Neighbours::of(Dataset dataset, const LoadMonitor& monitor)
{
    if (dataset.shape.size() != 3)
        return Error{"this data is no images", dataset.description, "choose a run on images"};
    const std::int64_t size = elementCount(dataset.shape);
    if (dataset.count < 1 || dataset.pixels.size() != static_cast<std::size_t>(dataset.count * size))
        return Error{"there is no image in this data", dataset.description, "choose other data"};
    Neighbours neighbours(std::move(dataset));
    const std::uint8_t* pixels = neighbours.m_data.pixels.data();
    const std::vector<std::int64_t> sample = spreadSample(neighbours.count(), size);
    Result<double> typical =
        typicalDistance(neighbours.count(), sample, monitor, 0, [&](std::int64_t i, std::size_t s, double bound) {
            return squaredDistance(pixels + i * size, pixels + sample[s] * size, static_cast<std::size_t>(size), bound);
        });
    if (!typical)
        return typical.error();
    neighbours.m_typicalPixels = *typical / 255;
    return neighbours;
}

std::string Neighbours::labelName(std::int64_t label) const
{
    if (label < 0)
        return {};
    const auto place = static_cast<std::size_t>(label);
    return place < m_data.classNames.size() ? m_data.classNames[place] : std::to_string(label);
}

Samples Neighbours::pictures(const std::vector<std::int64_t>& indices) const
{
    Samples samples;
    samples.real = true;
    samples.count = static_cast<std::int64_t>(indices.size());
    samples.channels = static_cast<int>(m_data.shape[0]);
    samples.height = static_cast<int>(m_data.shape[1]);
    samples.width = static_cast<int>(m_data.shape[2]);
    samples.columns = static_cast<int>(indices.size());
    const std::int64_t plane = m_data.shape[1] * m_data.shape[2];
    samples.pixels.reserve(indices.size() * static_cast<std::size_t>(plane * m_data.shape[0]));
    for (const std::int64_t index : indices) {
        const std::uint8_t* image = m_data.pixels.data() + index * plane * m_data.shape[0];
        for (std::int64_t pixel = 0; pixel < plane; ++pixel) {
            for (std::int64_t channel = 0; channel < m_data.shape[0]; ++channel)
                samples.pixels.push_back(image[channel * plane + pixel]);
        }
    }
    return samples;
}

Status Neighbours::check(const Samples& picture, std::int64_t wanted) const
{
    const Shape shape{picture.channels, picture.height, picture.width};
    if (picture.count != 1 || shape != m_data.shape
        || static_cast<std::int64_t>(picture.pixels.size()) != elementCount(shape)) {
        return Error{"this is no picture of the data's size", "picture", "give one of " + shapeText(m_data.shape)};
    }
    return wanted >= 1 ? Status() : Error{"no neighbours are asked for", "count", "ask for at least 1"};
}

/// Adds labels and pictures to what was found.
Nearest Neighbours::described(std::vector<Neighbour> found, double typical) const
{
    Nearest nearest;
    std::vector<std::int64_t> indices;
    for (Neighbour& neighbour : found) {
        indices.push_back(neighbour.index);
        if (!m_data.labels.empty())
            neighbour.label = m_data.labels[static_cast<std::size_t>(neighbour.index)];
    }
    nearest.pictures = pictures(indices);
    nearest.neighbours = std::move(found);
    nearest.typical = typical;
    return nearest;
}

Result<Nearest> Neighbours::inPixels(const Samples& picture, std::int64_t wanted, const LoadMonitor& monitor) const
{
    if (Status sane = check(picture, wanted); !sane)
        return sane.error();
    const auto size = static_cast<std::size_t>(elementCount(m_data.shape));
    const Bytes query = planes(picture, false);
    const Bytes mirrored = m_data.flip ? planes(picture, true) : Bytes();
    Shortlist shortlist(wanted);
    const bool done = visitAll(count(), monitor, "comparing pixels", 0, 1, [&](std::int64_t i) {
        const std::uint8_t* image = m_data.pixels.data() + static_cast<std::size_t>(i) * size;
        const double straight = squaredDistance(image, query.data(), size, shortlist.bound());
        const double turned =
            mirrored.empty() ? noDistance : squaredDistance(image, mirrored.data(), size, shortlist.bound());
        shortlist.add(i, std::min(straight, turned), turned < straight);
    });
    if (!done)
        return searchCancelled();
    std::vector<Neighbour> found = shortlist.take();
    for (Neighbour& neighbour : found) {
        neighbour.distance = std::sqrt(neighbour.distance) / 255;
        neighbour.rms = neighbour.distance / std::sqrt(static_cast<double>(size));
    }
    return described(std::move(found), m_typicalPixels);
}

Status Neighbours::learnFeatures(Discriminator& discriminator, const LoadMonitor& monitor)
{
    m_featureCount = 0;
    m_features = {};
    const DiscriminatorInfo& info = discriminator.info();
    if (info.shape != m_data.shape) {
        return Error{
            "the discriminator reads " + shapeText(info.shape) + ", but the data are " + shapeText(m_data.shape),
            info.origin.string(), "open the one of this data's run"};
    }
    if (!info.classes.empty() && m_data.labels.empty())
        return Error{"the discriminator reads labels, but the data has none", info.origin.string(),
            "open the one of this data's run"};
    const auto size = static_cast<std::size_t>(info.featureCount);
    std::vector<std::int16_t> numbers;
    std::vector<float> scales;
    numbers.reserve(size * static_cast<std::size_t>(count()));
    scales.reserve(static_cast<std::size_t>(count()));
    for (std::int64_t begin = 0; begin < count(); begin += imagesAtOnce) {
        std::vector<std::int64_t> indices;
        std::vector<std::int64_t> labels;
        for (std::int64_t i = begin; i < std::min(count(), begin + imagesAtOnce); ++i) {
            indices.push_back(i);
            if (!info.classes.empty())
                labels.push_back(m_data.labels[static_cast<std::size_t>(i)]);
        }
        const Result<std::vector<float>> features = discriminator.features(pictures(indices), labels);
        if (!features)
            return features.error();
        for (std::size_t i = 0; i < indices.size(); ++i) {
            const float* row = features->data() + i * size;
            float largest = 0;
            for (std::size_t j = 0; j < size; ++j)
                largest = std::max(largest, std::abs(row[j]));
            if (!std::isfinite(largest))
                return Error{"the discriminator gives numbers that are not finite", info.origin.string(),
                    "choose another checkpoint"};
            const float scale = largest > 0 ? largest / 32'767 : 1;
            scales.push_back(scale);
            for (std::size_t j = 0; j < size; ++j)
                numbers.push_back(static_cast<std::int16_t>(std::lround(row[j] / scale)));
        }
        const double done =
            static_cast<double>(begin + static_cast<std::int64_t>(indices.size())) / static_cast<double>(count());
        if (!monitor(0.8 * done, "features of the discriminator"))
            return searchCancelled();
    }
    const std::vector<std::int64_t> sample =
        spreadSample(count(), info.featureCount * static_cast<std::int64_t>(sizeof(std::int16_t)));
    const auto rowOf = [&](std::int64_t i) {
        return Row{numbers.data() + static_cast<std::size_t>(i) * size, scales[static_cast<std::size_t>(i)]};
    };
    std::vector<std::vector<float>> wide;
    for (const std::int64_t number : sample)
        wide.push_back(widened(rowOf(number), size));
    const Result<double> typical = typicalDistance(count(), sample, monitor, 0.8,
        [&](std::int64_t i, std::size_t s, double) { return squaredDistance(rowOf(i), wide[s].data(), size); });
    if (!typical)
        return typical.error();
    m_features = std::move(numbers);
    m_scales = std::move(scales);
    m_typicalFeatures = *typical;
    m_featureCount = info.featureCount;
    m_featureStep = info.step;
    return {};
}

Result<Nearest> Neighbours::inFeatures(Discriminator& discriminator, const Samples& picture,
    const std::vector<std::int64_t>& labels, std::int64_t wanted, const LoadMonitor& monitor) const
{
    if (Status sane = check(picture, wanted); !sane)
        return sane.error();
    if (m_featureCount == 0 || discriminator.info().featureCount != m_featureCount)
        return Error{"the features of the data are not known yet", "features", "compute them first"};
    const Result<std::vector<float>> query = discriminator.features(picture, labels);
    if (!query)
        return query.error();
    const Result<std::vector<float>> mirrored =
        m_data.flip ? discriminator.features(mirror(picture), labels) : std::vector<float>();
    if (!mirrored)
        return mirrored.error();
    const auto size = static_cast<std::size_t>(m_featureCount);
    Shortlist shortlist(wanted);
    const bool done = visitAll(count(), monitor, "comparing features", 0, 1, [&](std::int64_t i) {
        const Row row{m_features.data() + static_cast<std::size_t>(i) * size, m_scales[static_cast<std::size_t>(i)]};
        const double straight = squaredDistance(row, query->data(), size);
        const double turned = mirrored->empty() ? noDistance : squaredDistance(row, mirrored->data(), size);
        shortlist.add(i, std::min(straight, turned), turned < straight);
    });
    if (!done)
        return searchCancelled();
    std::vector<Neighbour> found = shortlist.take();
    for (Neighbour& neighbour : found) {
        neighbour.distance = std::sqrt(neighbour.distance);
        neighbour.rms = neighbour.distance / std::sqrt(static_cast<double>(size));
    }
    return described(std::move(found), m_typicalFeatures);
}

} // namespace saddle
