// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/pickle.h"
#include "core/io/safetensors.h"
#include "core/io/torch_file.h"
#include "core/io/zip.h"

#include <map>
#include <optional>

namespace saddle {

/// A tensor as a file of PyTorch's describes it: a view into a storage. Offset and strides count elements.
struct TensorView {
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
    std::int64_t offset = 0;
    std::string storage; ///< key
    std::int64_t storageElements = 0; ///< as the view claims
};

/// The view that a value describes; nothing where the value is no tensor. An Error (without a place) where it is one
/// that cannot be read: an unknown element type, sizes that make no sense.
Result<std::optional<TensorView>> tensorView(const Pickle& pickle, PickleIndex index);

/// Where storages lie.
class StorageSource {
public:
    virtual ~StorageSource() = default;
    /// Bytes under a key; nothing where they are missing.
    virtual std::optional<std::uint64_t> size(const std::string& key) const = 0;
    /// At least the bytes that size() says.
    virtual Result<std::string> read(const std::string& key) const = 0;
};

/// Whether a view lies within its storage and no two of its elements share a place, expanded axes (stride 0) apart.
Status checkView(const TensorView& view, const StorageSource& storages);

/// The view's values in order; the storage's bytes have passed checkView.
HostTensor copyView(const TensorView& view, std::string_view storage);

/// What a container holds: the pickle of its values and its storages.
struct TorchContainer {
    Pickle pickle;
    std::unique_ptr<StorageSource> storages;
};

/// Of a zip archive. `archive` is taken over.
Result<TorchContainer> readTorchZip(ZipArchive archive, const std::string& where);
/// Of the format before 1.6, whose bytes must outlive it.
Result<TorchContainer> readOldTorch(std::string_view bytes, const std::string& where);

/// What an archive is by the names in it: Zip, Script or None.
TorchFileKind archiveKind(const ZipArchive& archive);
/// What the first bytes of a file are, zip archives apart: Old, Tar or None. 512 are enough.
TorchFileKind plainKind(std::string_view first);

} // namespace saddle
