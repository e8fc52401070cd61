// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/safetensors.h"

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/whole_file.h"
#include "core/io/safetensors_header.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace saddle {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian and is copied as it is");

namespace fs = std::filesystem;

namespace {

constexpr std::size_t lengthBytes = 8;

struct TypeRow {
    DType dtype;
    std::string_view name;
    std::size_t size;
};

constexpr TypeRow typeTable[] = {
    {DType::Bool, "BOOL", 1},
    {DType::U8, "U8", 1},
    {DType::I8, "I8", 1},
    {DType::I16, "I16", 2},
    {DType::U16, "U16", 2},
    {DType::F16, "F16", 2},
    {DType::BF16, "BF16", 2},
    {DType::I32, "I32", 4},
    {DType::U32, "U32", 4},
    {DType::F32, "F32", 4},
    {DType::F64, "F64", 8},
    {DType::I64, "I64", 8},
    {DType::U64, "U64", 8},
};

const TypeRow& row(DType dtype)
{
    return typeTable[static_cast<std::size_t>(dtype)];
}

static_assert(
    [] {
        for (std::size_t i = 0; i < std::size(typeTable); ++i) {
            if (static_cast<std::size_t>(typeTable[i].dtype) != i)
                return false;
        }
        return true;
    }(),
    "the rows are in the order of the enumeration");

/// The header with its length in front, and the tensors in the order of their data.
struct Plan {
    std::string header;
    std::vector<const HostTensor*> order;
};

Error notWritable(const std::string& name, const std::string& why)
{
    return {"the tensor cannot be stored: " + why, name, "this is a defect in Saddle: please report it"};
}

/// The header's JSON, without padding.
Result<std::string> headerText(const std::vector<const TensorMap::value_type*>& entries, const TensorMetadata& metadata)
{
    std::string json = "{";
    const auto separate = [&json] { json += json.back() == '{' ? "" : ","; };
    if (!metadata.empty()) {
        json += "\"__metadata__\":{";
        for (const auto& [key, value] : metadata) {
            separate();
            json += Json(key).dump() + ":" + Json(value).dump();
        }
        json += "}";
    }
    std::uint64_t offset = 0;
    for (const auto* entry : entries) {
        const auto& [name, tensor] = *entry;
        const std::optional<std::uint64_t> size = shapeBytes(tensor.shape, dtypeSize(tensor.dtype));
        if (name == "__metadata__")
            return notWritable(name, "the name is reserved");
        if (tensor.shape.size() > maximumRank || !size || *size != tensor.data.size())
            return notWritable(name, "its shape and its " + std::to_string(tensor.data.size()) + " bytes disagree");
        separate();
        json += Json(name).dump() + ":{\"dtype\":\"" + std::string(dtypeName(tensor.dtype)) + "\",\"shape\":[";
        for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
            if (i > 0)
                json += ',';
            json += std::to_string(tensor.shape[i]);
        }
        json += "],\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(offset + *size) + "]}";
        offset += *size;
    }
    return json + "}";
}

Result<Plan> makePlan(const TensorMap& tensors, const TensorMetadata& metadata)
{
    std::vector<const TensorMap::value_type*> entries;
    for (const auto& entry : tensors)
        entries.push_back(&entry);
    // Names are in order already; a stable sort keeps that within one type.
    std::stable_sort(
        entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->second.dtype > b->second.dtype; });
    try {
        Result<std::string> json = headerText(entries, metadata);
        if (!json)
            return json.error();
        json->append((lengthBytes - json->size() % lengthBytes) % lengthBytes, ' ');
        if (json->size() > maximumHeader)
            return Error{"the names and metadata are too large to store", {}, "store fewer or shorter ones"};
        const std::uint64_t length = json->size();
        Plan plan;
        plan.header.assign(reinterpret_cast<const char*>(&length), sizeof length);
        plan.header += *json;
        for (const auto* entry : entries)
            plan.order.push_back(&entry->second);
        return plan;
    } catch (const Json::exception&) {
        return Error{"a tensor's name or the metadata is not UTF-8 text", {}, "rename it"};
    }
}

/// Copies `size` bytes at an offset of the file to memory.
using ReadAt = std::function<Status(std::uint64_t offset, void* to, std::size_t size)>;

Result<TensorFile> loadUnchecked(
    std::uint64_t fileSize, const ReadAt& readAt, const std::string& where, const TensorFilter& wanted)
{
    if (fileSize == 0)
        return Error{"the file is empty", where, "use another copy"};
    if (fileSize < lengthBytes)
        return Error{"this is too short for a safetensors file", where, "use another copy"};
    char first[lengthBytes];
    if (Status status = readAt(0, first, sizeof first); !status)
        return status.error();
    if (std::memcmp(first, "PK\3\4", 4) == 0) {
        return Error{"this is a ZIP archive (perhaps a PyTorch file), not a safetensors file", where,
            "convert it to safetensors first"};
    }
    std::uint64_t length = 0;
    std::memcpy(&length, first, sizeof length);
    if (length > maximumHeader) {
        return Error{"this is not a safetensors file: its header would be " + std::to_string(length) + " bytes", where,
            "give a safetensors file"};
    }
    if (length > fileSize - lengthBytes)
        return Error{"the file ends inside its header", where, "use another copy"};
    std::string header(static_cast<std::size_t>(length), '\0');
    if (Status status = readAt(lengthBytes, header.data(), header.size()); !status)
        return status.error();
    Result<TensorLayout> layout = parseTensorHeader(header, fileSize - lengthBytes - length, where);
    if (!layout)
        return layout.error();
    TensorFile file;
    file.metadata = std::move(layout->metadata);
    std::uint64_t offset = lengthBytes + length;
    for (TensorPlace& place : layout->places) {
        if (wanted && !wanted(place.name))
            continue;
        HostTensor& tensor = file.tensors[place.name];
        tensor.dtype = place.dtype;
        tensor.shape = std::move(place.shape);
        tensor.data.resize(static_cast<std::size_t>(place.end - place.begin));
        if (Status status = readAt(offset + place.begin, tensor.data.data(), tensor.data.size()); !status)
            return status.error();
    }
    return file;
}

Result<TensorFile> load(
    std::uint64_t fileSize, const ReadAt& readAt, const std::string& where, const TensorFilter& wanted = {})
{
    try {
        return loadUnchecked(fileSize, readAt, where, wanted);
    } catch (const std::bad_alloc&) {
        return Error{"there is not enough memory for these tensors", where, "close other programs"};
    }
}

} // namespace

std::string_view dtypeName(DType dtype)
{
    return row(dtype).name;
}

std::size_t dtypeSize(DType dtype)
{
    return row(dtype).size;
}

std::optional<DType> dtypeNamed(std::string_view name)
{
    const auto* found = std::find_if(
        std::begin(typeTable), std::end(typeTable), [name](const TypeRow& type) { return type.name == name; });
    if (found == std::end(typeTable))
        return std::nullopt;
    return found->dtype;
}

Result<std::string> encodeSafetensors(const TensorMap& tensors, const TensorMetadata& metadata)
{
    Result<Plan> plan = makePlan(tensors, metadata);
    if (!plan)
        return plan.error();
    std::string bytes = std::move(plan->header);
    for (const HostTensor* tensor : plan->order)
        bytes.append(reinterpret_cast<const char*>(tensor->data.data()), tensor->data.size());
    return bytes;
}

Status writeSafetensors(const fs::path& path, const TensorMap& tensors, const TensorMetadata& metadata)
{
    const Result<Plan> plan = makePlan(tensors, metadata);
    if (!plan)
        return plan.error().in(path.string());
    Result<WholeFile> file = WholeFile::create(path);
    if (!file)
        return file.error();
    Status status = file->append(plan->header.data(), plan->header.size());
    for (std::size_t i = 0; status && i < plan->order.size(); ++i)
        status = file->append(plan->order[i]->data.data(), plan->order[i]->data.size());
    return status ? file->commit() : status;
}

Result<TensorFile> decodeSafetensors(std::string_view bytes, const std::string& where)
{
    const ReadAt readAt = [bytes](std::uint64_t offset, void* to, std::size_t size) -> Status {
        if (size > 0)
            std::memcpy(to, bytes.data() + offset, size);
        return {};
    };
    return load(bytes.size(), readAt, where);
}

Result<TensorFile> readSafetensors(const fs::path& path, const TensorFilter& wanted)
{
    // Without O_NONBLOCK a pipe of that name would hang the program.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return systemError(errno, "the file cannot be opened", path);
    const auto closing = [](const int* open) { ::close(*open); };
    const std::unique_ptr<const int, decltype(closing)> closer(&descriptor, closing);
    struct stat info { };
    if (::fstat(descriptor, &info) != 0)
        return systemError(errno, "the file cannot be read", path);
    if (S_ISDIR(info.st_mode))
        return Error{"this is a folder, not a file", path.string(), "give the file itself"};
    if (!S_ISREG(info.st_mode))
        return Error{"this is not a regular file", path.string(), "give a safetensors file"};
    const ReadAt readAt = [descriptor, &path](std::uint64_t offset, void* to, std::size_t size) -> Status {
        char* bytes = static_cast<char*>(to);
        while (size > 0) {
            const ssize_t got = ::pread(descriptor, bytes, size, static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                return systemError(errno, "the file cannot be read", path);
            if (got == 0)
                return Error{"the file became shorter while it was read", path.string(), "try again"};
            bytes += got;
            offset += static_cast<std::uint64_t>(got);
            size -= static_cast<std::size_t>(got);
        }
        return {};
    };
    return load(static_cast<std::uint64_t>(info.st_size), readAt, path.string(), wanted);
}

} // namespace saddle
