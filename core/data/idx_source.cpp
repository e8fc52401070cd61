// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/data/describe_source.h"
#include "core/data/sources.h"
#include "core/io/idx.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

struct SizeOptions {
    std::int64_t size = 0;
};

struct IdxOptions : SizeOptions {
    fs::path images;
    fs::path labels;
};

struct FashionOptions : SizeOptions {
    FashionOptions() { size = 28; }
    fs::path folder = "/usr/share/datasets/fashion-mnist";
};

Result<Shape> paddedShape(int height, int width, std::int64_t size, const fs::path& path)
{
    if (size == 0)
        return Shape{1, height, width};
    if (size < height || size < width) {
        return Error{"its images are " + std::to_string(width) + " × " + std::to_string(height)
                + " pixels, larger than the size of " + std::to_string(size),
            path.string(), "choose a larger size, or 0 to take them as they are"};
    }
    return Shape{1, size, size};
}

/// Images laid in the middle of black squares.
Result<Dataset> datasetFrom(IdxImages images, std::int64_t size, const fs::path& path)
{
    Result<Shape> shape = paddedShape(images.height, images.width, size, path);
    if (!shape)
        return shape.error();
    Dataset data;
    data.shape = *shape;
    data.count = images.count;
    if (size == 0 || (size == images.height && size == images.width)) {
        data.pixels = std::move(images.pixels);
        return data;
    }
    const auto side = static_cast<std::size_t>(size);
    const auto height = static_cast<std::size_t>(images.height);
    const auto width = static_cast<std::size_t>(images.width);
    data.pixels.assign(static_cast<std::size_t>(images.count) * side * side, 0);
    for (std::size_t i = 0; i < static_cast<std::size_t>(images.count); ++i) {
        for (std::size_t y = 0; y < height; ++y) {
            std::copy_n(&images.pixels[(i * height + y) * width], width,
                &data.pixels[(i * side + y + (side - height) / 2) * side + (side - width) / 2]);
        }
    }
    return data;
}

Result<Dataset> loadPair(const fs::path& imagesPath, const fs::path& labelsPath, std::int64_t size)
{
    Result<IdxImages> images = readIdxImages(imagesPath);
    if (!images)
        return images.error();
    std::vector<std::uint8_t> labels;
    if (!labelsPath.empty()) {
        Result<std::vector<std::uint8_t>> read = readIdxLabels(labelsPath);
        if (!read)
            return read.error();
        labels = *std::move(read);
        if (Status counts = checkCounts(*images, imagesPath, labels, labelsPath); !counts)
            return counts.error();
    }
    Result<Dataset> data = datasetFrom(*std::move(images), size, imagesPath);
    if (data) {
        data->labels = std::move(labels);
        data->description = imagesPath.filename().string() + ", " + grouped(data->count) + " images";
    }
    return data;
}

ParameterTraits sizeTraits()
{
    return {.label = "Size",
        .help = "Images are laid in the middle of black squares of this side; 0 takes them as they are",
        .unit = "px",
        .min = 0,
        .max = 1024};
}

/// The packed file, or the plain one beside it.
fs::path fashionFile(const fs::path& folder, const std::string& stem)
{
    const fs::path packed = folder / (stem + ".gz");
    std::error_code error;
    return !fs::exists(packed, error) && fs::exists(folder / stem, error) ? folder / stem : packed;
}

Status checkFashion(const fs::path& folder)
{
    std::error_code error;
    if (fs::exists(fashionFile(folder, "train-images-idx3-ubyte"), error))
        return {};
    return Error{"Fashion-MNIST is not here", folder.string(),
        "install it by: sudo apt install dataset-fashion-mnist; or choose the ring of Gaussians, which needs no files"};
}

} // namespace

SourceInfo fashionMnistSource()
{
    using O = FashionOptions;
    return describeSource<O>("fashion-mnist", "Fashion-MNIST")
        .help("60,000 grey pictures of clothes, 28 × 28")
        .source("Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747; Debian's dataset-fashion-mnist")
        .parameter("size", &SizeOptions::size, sizeTraits())
        .parameter("folder", &O::folder, {.label = "Folder", .help = "Where the four IDX files lie"})
        .build(
            [](const O& o) -> Result<Shape> {
                if (Status found = checkFashion(o.folder); !found)
                    return found.error();
                return paddedShape(28, 28, o.size, o.folder);
            },
            [](const O& o) -> Result<Dataset> {
                if (Status found = checkFashion(o.folder); !found)
                    return found.error();
                Result<Dataset> data = loadPair(fashionFile(o.folder, "train-images-idx3-ubyte"),
                    fashionFile(o.folder, "train-labels-idx1-ubyte"), o.size);
                if (data)
                    data->description = "Fashion-MNIST, " + grouped(data->count) + " images";
                return data;
            });
}

SourceInfo idxSource()
{
    using O = IdxOptions;
    return describeSource<O>("idx", "IDX files")
        .help("A pair of files as MNIST has them, plain or packed by gzip")
        .source("LeCun, Cortes & Burges, the MNIST database")
        .parameter("images", &O::images, {.label = "Images", .help = "The file of images (idx3-ubyte)"})
        .parameter(
            "labels", &O::labels, {.label = "Labels", .help = "The file of labels (idx1-ubyte); may be left empty"})
        .parameter("size", &SizeOptions::size, sizeTraits())
        .build(
            [](const O& o) -> Result<Shape> {
                if (o.images.empty())
                    return Error{"no file of images is chosen", "data.images", "give the path of an idx3-ubyte file"};
                const Result<IdxSize> header = readIdxSize(o.images);
                if (!header)
                    return header.error();
                return paddedShape(header->height, header->width, o.size, o.images);
            },
            [](const O& o) { return loadPair(o.images, o.labels, o.size); });
}

} // namespace saddle
