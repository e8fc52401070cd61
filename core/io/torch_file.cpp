// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/torch_file.h"

#include "core/base/files.h"
#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/io/safetensors_header.h"
#include "core/io/torch_networks.h"
#include "core/io/torch_storage.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <new>
#include <numeric>
#include <utility>

namespace saddle {

namespace fs = std::filesystem;

struct TorchFile::Data {
    std::string where;
    std::string bytes; ///< of the old format, when they were read from a file
    std::uint64_t mostBytes = 0; ///< that one network may take
    TorchContainer container;
    TorchItem contents;
    std::vector<TorchNetwork> networks;
    std::vector<std::vector<TensorView>> views; ///< of the networks' tensors
};

namespace {

/// Old files are read whole: checkpoints of networks that this program opens are far smaller.
constexpr std::uint64_t largestOldFile = std::uint64_t{4} << 30;

constexpr const char* saveAgain = "load it with PyTorch and save the network's state_dict() with torch.save";

Error notOfPyTorch(std::string_view first, const std::string& where)
{
    if (first.starts_with('\x80')) {
        return {"this is a pickle, but none that torch.save wrote", where, saveAgain};
    }
    return {first.empty() ? "the file is empty" : "this is not a file of PyTorch’s", where,
        "choose a file that torch.save wrote"};
}

Error notThisKind(TorchFileKind kind, std::string_view first, const std::string& where)
{
    switch (kind) {
    case TorchFileKind::Script:
        return {"this is a TorchScript file, which holds code beside its numbers", where, "open it as TorchScript"};
    case TorchFileKind::Tar:
        return {"this is a tar archive, as PyTorch 0.1 wrote or none of PyTorch’s", where,
            "load it with PyTorch and save it again"};
    default:
        return notOfPyTorch(first, where);
    }
}

Result<std::string> readFirst(const fs::path& path)
{
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        return Error{fs::exists(path, error) ? "this is not a regular file" : "there is no such file", path.string(),
            "choose the file itself"};
    }
    std::ifstream file(path, std::ios::binary);
    std::string first(512, '\0');
    if (!file)
        return Error{"the file cannot be opened", path.string(), "choose a file you may read"};
    file.read(first.data(), static_cast<std::streamsize>(first.size()));
    first.resize(static_cast<std::size_t>(file.gcount()));
    return first;
}

/// Why a file of PyTorch's has no network that can be read.
Error noNetwork(const Pickle& pickle, const std::string& where)
{
    const UnreadObject unread = firstObject(pickle);
    if (!unread.object)
        return {"this file holds no network: no dictionary of tensors by name is in it", where, saveAgain};
    const std::string place = unread.place.empty() ? where : where + ": " + unread.place;
    if (isModule(pickle, *unread.object)) {
        return {"this is a whole pickled model of class " + shownName(unread.object->text)
                + ", which only its own Python code can read",
            place, saveAgain};
    }
    return {"this is " + describeObject(*unread.object) + ", which is not run here, and no network is beside it", place,
        saveAgain};
}

} // namespace

TorchFile::TorchFile(std::shared_ptr<const Data> data)
    : m_data(std::move(data))
{
}

const std::vector<TorchNetwork>& TorchFile::networks() const
{
    return m_data->networks;
}

const TorchItem& TorchFile::contents() const
{
    return m_data->contents;
}

Result<TorchFileKind> torchFileKind(const fs::path& path)
{
    const Result<std::string> first = readFirst(path);
    if (!first)
        return first.error();
    if (!beginsAsZip(*first))
        return plainKind(*first);
    const Result<ZipArchive> archive = ZipArchive::open(path);
    if (!archive)
        return archive.error();
    return archiveKind(*archive);
}

Result<TorchFile> TorchFile::make(std::shared_ptr<Data> data)
{
    const Pickle& pickle = data->container.pickle;
    for (const FoundNetwork& found : findNetworks(pickle)) {
        TorchNetwork network{found.place, namesAverage(found.place), {}, found.others};
        std::vector<TensorView> views;
        for (const FoundNetwork::Entry& entry : found.tensors) {
            const auto failed = [&](const Error& error) {
                return error.in("tensor “" + shownName(entry.name) + "”").in(data->where);
            };
            const Result<std::optional<TensorView>> view = tensorView(pickle, entry.value);
            if (!view)
                return failed(view.error());
            if (const Status fits = checkView(**view, *data->container.storages); !fits)
                return failed(fits.error());
            if (*shapeBytes((*view)->shape, dtypeSize((*view)->dtype)) > data->mostBytes)
                return failed({"it would be far larger than the file", "", "use another copy of the file"});
            network.tensors.push_back({entry.name, (*view)->dtype, (*view)->shape});
            views.push_back(**view);
        }
        data->networks.push_back(std::move(network));
        data->views.push_back(std::move(views));
    }
    if (data->networks.empty())
        return noNetwork(pickle, data->where);
    data->contents = describeContents(pickle);
    return TorchFile(std::move(data));
}

Result<TorchFile> TorchFile::read(const fs::path& path)
{
    const std::string where = path.string();
    const Result<std::string> first = readFirst(path);
    if (!first)
        return first.error();
    auto data = std::make_shared<Data>();
    data->where = where;
    std::error_code error;
    data->mostBytes = 8 * fs::file_size(path, error) + (std::uint64_t{64} << 20);
    if (!beginsAsZip(*first)) {
        if (const TorchFileKind kind = plainKind(*first); kind != TorchFileKind::Old)
            return notThisKind(kind, *first, where);
        Result<std::string> bytes = readFile(path, largestOldFile);
        if (!bytes)
            return bytes.error();
        data->bytes = *std::move(bytes);
        Result<TorchContainer> container = readOldTorch(data->bytes, where);
        if (!container)
            return container.error();
        data->container = *std::move(container);
        return make(std::move(data));
    }
    Result<ZipArchive> archive = ZipArchive::open(path);
    if (!archive)
        return archive.error();
    if (const TorchFileKind kind = archiveKind(*archive); kind != TorchFileKind::Zip)
        return notThisKind(kind, *first, where);
    Result<TorchContainer> container = readTorchZip(*std::move(archive), where);
    if (!container)
        return container.error();
    data->container = *std::move(container);
    return make(std::move(data));
}

Result<TorchFile> TorchFile::decode(std::string_view bytes, const std::string& where)
{
    auto data = std::make_shared<Data>();
    data->where = where;
    data->mostBytes = 8 * bytes.size() + (std::uint64_t{64} << 20);
    const bool zip = beginsAsZip(bytes);
    const std::string_view first = bytes.substr(0, 512);
    std::optional<ZipArchive> archive;
    if (zip) {
        Result<ZipArchive> opened = ZipArchive::decode(bytes, where);
        if (!opened)
            return opened.error();
        archive = *std::move(opened);
    }
    const TorchFileKind kind = archive ? archiveKind(*archive) : plainKind(first);
    if (kind != TorchFileKind::Zip && kind != TorchFileKind::Old)
        return notThisKind(kind, first, where);
    Result<TorchContainer> container = archive ? readTorchZip(*std::move(archive), where) : readOldTorch(bytes, where);
    if (!container)
        return container.error();
    data->container = *std::move(container);
    return make(std::move(data));
}

Result<StateDict> TorchFile::load(std::size_t network) const
{
    const std::vector<TensorView>& views = m_data->views.at(network);
    const std::vector<TorchTensor>& tensors = m_data->networks[network].tensors;
    // One storage is held at a time, however many tensors lie in it.
    std::vector<std::size_t> order(views.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
        [&views](std::size_t a, std::size_t b) { return views[a].storage < views[b].storage; });
    try {
        StateDict state(views.size());
        std::string storage;
        const std::string* held = nullptr;
        std::uint64_t total = 0;
        for (const std::size_t i : order) {
            const TensorView& view = views[i];
            const std::string place = m_data->where + ": tensor “" + shownName(tensors[i].name) + "”";
            total += *shapeBytes(view.shape, dtypeSize(view.dtype));
            if (total > m_data->mostBytes)
                return Error{"together these would be far larger than the file", place, "use another copy of the file"};
            if (!held || *held != view.storage) {
                Result<std::string> read = m_data->container.storages->read(view.storage);
                if (!read)
                    return Error{read.error().what, place, read.error().remedy};
                storage = *std::move(read);
                held = &view.storage;
            }
            state[i] = {tensors[i].name, copyView(view, storage)};
        }
        return state;
    } catch (const std::bad_alloc&) {
        return Error{"there is not enough memory for this network", m_data->where, "close other programs"};
    }
}

} // namespace saddle
