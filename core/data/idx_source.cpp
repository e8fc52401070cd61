// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/data/data_folders.h"
#include "core/data/describe_source.h"
#include "core/data/sources.h"
#include "core/io/idx.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

struct SizeOptions : FlipOptions {
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

struct MnistOptions : SizeOptions {
    MnistOptions() { size = 28; }
    fs::path folder;
};

/// A pair of files and what is known of it beforehand.
struct Pair {
    fs::path images;
    fs::path labels; ///< empty: none
    std::string name; ///< "Fashion-MNIST"
    std::vector<std::string> classNames; ///< empty: as many classes as the labels say
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
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(images.count) * side * side, 0);
    for (std::size_t i = 0; i < static_cast<std::size_t>(images.count); ++i) {
        for (std::size_t y = 0; y < height; ++y) {
            std::copy_n(&images.pixels[(i * height + y) * width], width,
                &pixels[(i * side + y + (side - height) / 2) * side + (side - width) / 2]);
        }
    }
    data.pixels = std::move(pixels);
    return data;
}

/// Labels and how many classes they make: one a name, or one more than the largest of them.
Result<int> classesOf(const std::vector<std::uint8_t>& labels, const Pair& pair)
{
    const int largest = labels.empty() ? -1 : *std::max_element(labels.begin(), labels.end());
    const int named = static_cast<int>(pair.classNames.size());
    if (named > 0 && largest >= named) {
        return Error{"there is a label " + std::to_string(largest) + ", but " + pair.name + " has the labels 0 to "
                + std::to_string(named - 1),
            pair.labels.string(), "download it again"};
    }
    return named > 0 ? named : largest + 1;
}

Result<DataHeader> headerOf(const Pair& pair, std::int64_t size)
{
    const Result<IdxSize> header = readIdxSize(pair.images);
    if (!header)
        return header.error();
    Result<Shape> shape = paddedShape(header->height, header->width, size, pair.images);
    if (!shape)
        return shape.error();
    int classes = static_cast<int>(pair.classNames.size());
    // A byte a sample: the one thing beyond a header that is read here.
    if (classes == 0 && !pair.labels.empty()) {
        const Result<std::vector<std::uint8_t>> labels = readIdxLabels(pair.labels);
        if (!labels)
            return labels.error();
        const Result<int> counted = classesOf(*labels, pair);
        if (!counted)
            return counted.error();
        classes = *counted;
    }
    return DataHeader{*std::move(shape), classes, header->count};
}

Result<Dataset> loadPair(const Pair& pair, std::int64_t size, const LoadMonitor& monitor)
{
    if (!monitor(0, "reading " + pair.images.filename().string()))
        return loadingCancelled();
    Result<IdxImages> images = readIdxImages(pair.images);
    if (!images)
        return images.error();
    std::vector<std::uint8_t> labels;
    int classes = 0;
    if (!pair.labels.empty()) {
        Result<std::vector<std::uint8_t>> read = readIdxLabels(pair.labels);
        if (!read)
            return read.error();
        labels = *std::move(read);
        if (Status counts = checkCounts(*images, pair.images, labels, pair.labels); !counts)
            return counts.error();
        const Result<int> found = classesOf(labels, pair);
        if (!found)
            return found.error();
        classes = *found;
    }
    if (!monitor(0.9, "laying out the images"))
        return loadingCancelled();
    Result<Dataset> data = datasetFrom(*std::move(images), size, pair.images);
    if (!data)
        return data;
    data->labels.assign(labels.begin(), labels.end());
    data->classes = classes;
    data->classNames = pair.classNames;
    data->description = pair.name + ", " + counted(data->count, "image");
    return data;
}

/// The file of that name, packed or plain, with a dash or a point before "idx"; or the packed name where none is there.
fs::path fileIn(const fs::path& folder, const std::string& what, const std::string& kind)
{
    std::error_code error;
    for (const char* before : {"-", "."}) {
        for (const char* packed : {".gz", ""}) {
            fs::path file = folder / (what + before + kind + packed);
            if (fs::exists(file, error))
                return file;
        }
    }
    return folder / (what + "-" + kind + ".gz");
}

Pair trainingPair(const fs::path& folder, std::string name, std::vector<std::string> classNames)
{
    return {fileIn(folder, "train-images", "idx3-ubyte"), fileIn(folder, "train-labels", "idx1-ubyte"), std::move(name),
        std::move(classNames)};
}

bool hasTraining(const fs::path& folder)
{
    std::error_code error;
    return fs::exists(fileIn(folder, "train-images", "idx3-ubyte"), error);
}

Result<Pair> fashionPair(const FashionOptions& o)
{
    if (!hasTraining(o.folder)) {
        return Error{"Fashion-MNIST is not here", o.folder.string(),
            "install it by: sudo apt install dataset-fashion-mnist; or choose the ring of Gaussians, which needs no "
            "files"};
    }
    return trainingPair(o.folder, "Fashion-MNIST",
        {"T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "trainer", "bag", "ankle boot"});
}

Result<Pair> mnistPair(const MnistOptions& o)
{
    const std::vector<fs::path> folders = dataFolders(o.folder, "mnist");
    const auto found = std::find_if(folders.begin(), folders.end(), hasTraining);
    if (found == folders.end()) {
        return Error{"MNIST is not here: there is no train-images-idx3-ubyte.gz", joinedFolders(folders),
            "put its four IDX files there, or give their folder as data.folder, or take clothes instead of digits by "
            "data.source=fashion-mnist"};
    }
    return trainingPair(*found, "MNIST", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

Result<Pair> chosenPair(const IdxOptions& o)
{
    if (o.images.empty())
        return Error{"no file of images is chosen", "data.images", "give the path of an idx3-ubyte file"};
    return Pair{o.images, o.labels, o.images.filename().string(), {}};
}

/// Header and data of whatever pair the options lead to.
template <typename Options>
SourceInfo pairSource(SourceDescriber<Options>& describer, Result<Pair> (*find)(const Options&))
{
    return describer
        .parameter("size", &SizeOptions::size,
            {.label = "Size",
                .help = "Images are laid in the middle of black squares of this side; 0 takes them as they are",
                .unit = "px",
                .min = 0,
                .max = 1024})
        .with(flipOption<Options>)
        .build(
            [find](const Options& o) -> Result<DataHeader> {
                const Result<Pair> pair = find(o);
                return pair ? headerOf(*pair, o.size) : pair.error();
            },
            [find](const Options& o, const LoadMonitor& monitor) -> Result<Dataset> {
                const Result<Pair> pair = find(o);
                if (!pair)
                    return pair.error();
                Result<Dataset> data = loadPair(*pair, o.size, monitor);
                if (data)
                    data->flip = o.flip;
                return data;
            });
}

} // namespace

SourceInfo fashionMnistSource()
{
    using O = FashionOptions;
    return pairSource<O>(
        describeSource<O>("fashion-mnist", "Fashion-MNIST")
            .help("60,000 grey pictures of clothes, 28 × 28")
            .source("Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747; Debian's dataset-fashion-mnist")
            .parameter("folder", &O::folder, {.label = "Folder", .help = "Where the four IDX files lie"}),
        fashionPair);
}

SourceInfo mnistSource()
{
    using O = MnistOptions;
    return pairSource<O>(describeSource<O>("mnist", "MNIST")
                             .help("60,000 grey pictures of handwritten digits, 28 × 28")
                             .source("LeCun, Cortes & Burges, the MNIST database")
                             .parameter("folder", &O::folder,
                                 {.label = "Folder",
                                     .help = "Where the four IDX files lie; left empty, mnist in $SADDLE_DATA and in "
                                             "~/.local/share/saddle/data are looked at"}),
        mnistPair);
}

SourceInfo idxSource()
{
    using O = IdxOptions;
    return pairSource<O>(
        describeSource<O>("idx", "IDX files")
            .help("A pair of files as MNIST has them, plain or packed by gzip")
            .source("LeCun, Cortes & Burges, the MNIST database")
            .parameter("images", &O::images, {.label = "Images", .help = "The file of images (idx3-ubyte)"})
            .parameter("labels", &O::labels,
                {.label = "Labels", .help = "The file of labels (idx1-ubyte); may be left empty"}),
        chosenPair);
}

} // namespace saddle
