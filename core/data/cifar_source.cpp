// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text.h"
#include "core/data/data_folders.h"
#include "core/data/describe_source.h"
#include "core/data/sources.h"
#include "core/io/cifar.h"

#include <algorithm>

namespace saddle {

namespace fs = std::filesystem;

namespace {

enum class Part { Training, Test, All };

struct CifarOptions : FlipOptions {
    fs::path folder;
    Part part = Part::Training;
};

const std::vector<std::string> classNames{
    "aeroplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "lorry"};

bool isThere(const fs::path& path)
{
    std::error_code error;
    return fs::exists(path, error);
}

/// The batches of one part, in order.
std::vector<fs::path> batches(const fs::path& folder, Part part)
{
    std::vector<fs::path> files;
    if (part != Part::Test) {
        for (const char number : {'1', '2', '3', '4', '5'})
            files.push_back(folder / (std::string("data_batch_") + number + ".bin"));
    }
    if (part != Part::Training)
        files.push_back(folder / "test_batch.bin");
    return files;
}

/// The files that the options lead to. All of them exist.
Result<std::vector<fs::path>> filesOf(const CifarOptions& o)
{
    const std::vector<fs::path> folders = dataFolders(o.folder, "cifar-10");
    std::error_code error;
    for (const fs::path& place : folders) {
        if (fs::is_regular_file(place, error))
            return std::vector<fs::path>{place};
        // The archive unpacks into a folder of its own.
        for (const fs::path& folder : {place, place / "cifar-10-batches-bin"}) {
            const std::vector<fs::path> files = batches(folder, o.part);
            const auto missing = std::find_if_not(files.begin(), files.end(), isThere);
            if (missing == files.end())
                return files;
            if (std::any_of(files.begin(), files.end(), isThere)) {
                return Error{"a file of CIFAR-10 is missing", missing->string(),
                    "put it there: it comes with the others in CIFAR-10's binary version"};
            }
            if (isThere(folder / "data_batch_1")) {
                return Error{"these are the batches of CIFAR-10's Python version", folder.string(),
                    "download the binary version (its files end in .bin)"};
            }
        }
    }
    const fs::path first = batches("", o.part).front();
    return Error{"CIFAR-10 is not here: there is no " + first.string(), joinedFolders(folders),
        "unpack CIFAR-10's binary version there, or give its folder as data.folder, or take clothes instead by "
        "data.source=fashion-mnist"};
}

Result<DataHeader> header(const CifarOptions& o)
{
    const Result<std::vector<fs::path>> files = filesOf(o);
    if (!files)
        return files.error();
    DataHeader header{{3, 32, 32}, static_cast<int>(classNames.size()), 0};
    for (const fs::path& file : *files) {
        const Result<std::int64_t> count = countCifar10(file);
        if (!count)
            return count.error();
        header.count += *count;
    }
    return header;
}

Result<Dataset> load(const CifarOptions& o, const LoadMonitor& monitor)
{
    const Result<std::vector<fs::path>> files = filesOf(o);
    if (!files)
        return files.error();
    CifarImages images;
    for (std::size_t i = 0; i < files->size(); ++i) {
        const fs::path& file = (*files)[i];
        const double done = static_cast<double>(i) / static_cast<double>(files->size());
        if (!monitor(done, "reading " + file.filename().string()))
            return loadingCancelled();
        if (Status read = readCifar10(file, images); !read)
            return read.error();
    }
    Dataset data;
    data.shape = {3, 32, 32};
    data.count = static_cast<std::int64_t>(images.labels.size());
    data.pixels = std::move(images.pixels);
    data.labels.assign(images.labels.begin(), images.labels.end());
    data.classes = static_cast<int>(classNames.size());
    data.classNames = classNames;
    data.flip = o.flip;
    data.description = "CIFAR-10, " + counted(data.count, "image");
    return data;
}

} // namespace

SourceInfo cifar10Source()
{
    using O = CifarOptions;
    return describeSource<O>("cifar-10", "CIFAR-10")
        .help("60,000 small colour photographs in ten classes, 32 × 32")
        .source("Krizhevsky 2009, Learning multiple layers of features from tiny images; its binary version")
        .parameter("folder", &O::folder,
            {.label = "Folder",
                .help = "Where data_batch_1.bin and the others lie, or one such file; left empty, cifar-10 in "
                        "$SADDLE_DATA and in ~/.local/share/saddle/data are looked at"})
        .parameter("part", &O::part,
            {.label = "Part",
                .help = "Which of the images are taken from a folder",
                .choices = {{"training", "Training, 50,000"}, {"test", "Test, 10,000"}, {"all", "Both, 60,000"}}})
        .with(flipOption<O>)
        .build(header, load);
}

} // namespace saddle
