// SPDX-License-Identifier: GPL-3.0-or-later
// The two formats that PyTorch has written since 0.1.10: a pickle, and storages it refers to by key.
#include "core/io/torch_storage.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace saddle {

namespace {

using Kind = PickleNode::Kind;

constexpr const char* downloadAgain = "copy or download the file again";

/// 0x1950a86a20f9469cfc6c, with which the old format begins.
constexpr std::string_view magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

class ZipStorages : public StorageSource {
public:
    ZipStorages(ZipArchive archive, std::string folder)
        : m_archive(std::move(archive))
        , m_folder(std::move(folder))
    {
        // A file may have thousands of storages: they are found by name at once.
        for (const ZipEntry& entry : m_archive.entries())
            m_entries.emplace(entry.name, &entry);
    }

    std::optional<std::uint64_t> size(const std::string& key) const override
    {
        const ZipEntry* entry = find(key);
        return entry ? std::optional<std::uint64_t>(entry->size) : std::nullopt;
    }

    Result<std::string> read(const std::string& key) const override
    {
        return m_archive.read(*find(key), std::numeric_limits<std::uint64_t>::max());
    }

private:
    const ZipEntry* find(const std::string& key) const
    {
        const auto found = m_entries.find(m_folder + "data/" + key);
        return found == m_entries.end() ? nullptr : found->second;
    }

    ZipArchive m_archive;
    std::string m_folder;
    std::map<std::string, const ZipEntry*, std::less<>> m_entries;
};

class OldStorages : public StorageSource {
public:
    std::map<std::string, std::string_view> storages;

    std::optional<std::uint64_t> size(const std::string& key) const override
    {
        const auto found = storages.find(key);
        return found == storages.end() ? std::nullopt : std::optional<std::uint64_t>(found->second.size());
    }

    Result<std::string> read(const std::string& key) const override { return std::string(storages.at(key)); }
};

/// "NAME/" of the archive's one folder, in which PyTorch puts everything; nothing where there is no data.pkl.
std::optional<std::string> folderOf(const ZipArchive& archive)
{
    constexpr std::string_view file = "data.pkl";
    for (const ZipEntry& entry : archive.entries()) {
        const std::string_view name = entry.name;
        if (!name.ends_with(file))
            continue;
        const std::string_view folder = name.substr(0, name.size() - file.size());
        if (folder.empty() || folder.find('/') == folder.size() - 1)
            return std::string(folder);
    }
    return std::nullopt;
}

/// The size of an element of each storage in the old format, which the storages themselves do not say.
std::map<std::string, std::size_t> elementSizes(const Pickle& pickle)
{
    std::map<std::string, std::size_t> sizes;
    for (std::size_t i = 0; i < pickle.nodes.size(); ++i) {
        // What cannot be read is named where it is met.
        const Result<std::optional<TensorView>> view = tensorView(pickle, static_cast<PickleIndex>(i));
        if (view && *view)
            sizes.emplace((*view)->storage, dtypeSize((*view)->dtype));
    }
    return sizes;
}

Error bigEndian(const std::string& where)
{
    return {"it was written on a big-endian machine, whose numbers this program does not read", where,
        "load it with PyTorch on another machine and save it again"};
}

} // namespace

TorchFileKind archiveKind(const ZipArchive& archive)
{
    const std::optional<std::string> folder = folderOf(archive);
    if (!folder)
        return TorchFileKind::None;
    const std::string code = *folder + "code/";
    for (const ZipEntry& entry : archive.entries()) {
        if (entry.name.starts_with(code))
            return TorchFileKind::Script;
    }
    return TorchFileKind::Zip;
}

TorchFileKind plainKind(std::string_view first)
{
    constexpr std::size_t tarMark = 257;
    if (first.size() > tarMark && first.substr(tarMark).starts_with("ustar"))
        return TorchFileKind::Tar;
    if (!first.starts_with('\x80'))
        return TorchFileKind::None;
    const Result<Pickle> pickle = readPickle(first, "");
    const bool old = pickle && (*pickle)[pickle->root].kind == Kind::Large && (*pickle)[pickle->root].text == magic;
    return old ? TorchFileKind::Old : TorchFileKind::None;
}

Result<TorchContainer> readTorchZip(ZipArchive archive, const std::string& where)
{
    const std::string folder = folderOf(archive).value_or("");
    if (const ZipEntry* order = archive.find(folder + "byteorder")) {
        const Result<std::string> text = archive.read(*order, 64);
        if (!text)
            return text.error();
        if (*text != "little")
            return bigEndian(where);
    }
    Result<std::string> bytes = archive.read(*archive.find(folder + "data.pkl"), maximumPickleBytes);
    if (!bytes)
        return bytes.error();
    Result<Pickle> pickle = readPickle(*bytes, where);
    if (!pickle)
        return pickle.error();
    return TorchContainer{*std::move(pickle), std::make_unique<ZipStorages>(std::move(archive), folder)};
}

Result<TorchContainer> readOldTorch(std::string_view bytes, const std::string& where)
{
    // Magic number, version, what machine it was, the values, the keys of the storages.
    constexpr std::size_t pickles = 5;
    std::vector<Pickle> parts;
    for (std::size_t i = 0; i < pickles; ++i) {
        Result<Pickle> part = readPickle(bytes, where);
        if (!part)
            return part.error();
        bytes.remove_prefix(part->size);
        parts.push_back(*std::move(part));
    }
    const Pickle& machine = parts[2];
    const PickleNode* little = machine.find(machine[machine.root], "little_endian");
    if (little && little->kind == Kind::Bool && little->integer == 0)
        return bigEndian(where);
    const Pickle& keys = parts[4];
    if (keys[keys.root].kind != Kind::List)
        return Error{"the list of its storages is damaged", where, downloadAgain};
    const std::map<std::string, std::size_t> sizes = elementSizes(parts[3]);
    auto source = std::make_unique<OldStorages>();
    for (const PickleIndex index : keys[keys.root].items) {
        const auto known = sizes.find(keys[index].text);
        std::uint64_t elements = 0;
        constexpr std::size_t countBytes = sizeof elements;
        // Behind a storage of a type that is not known, nothing can be found; what is missing is named by its tensor.
        if (known == sizes.end() || bytes.size() < countBytes)
            break;
        for (std::size_t i = countBytes; i-- > 0;)
            elements = elements << 8 | static_cast<unsigned char>(bytes[i]);
        bytes.remove_prefix(countBytes);
        const std::uint64_t fitting = std::min<std::uint64_t>(elements, bytes.size() / known->second);
        const auto size = static_cast<std::size_t>(fitting * known->second);
        source->storages.emplace(known->first, bytes.substr(0, size));
        bytes.remove_prefix(size);
        if (fitting < elements)
            break;
    }
    return TorchContainer{std::move(parts[3]), std::move(source)};
}

} // namespace saddle
