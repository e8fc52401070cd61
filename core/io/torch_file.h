// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/safetensors.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// What a file is, by its contents.
enum class TorchFileKind {
    Zip, ///< torch.save since PyTorch 1.6
    Old, ///< torch.save before that: pickles, then storages
    Script, ///< TorchScript: a zip archive with code in it
    Tar, ///< torch.save of PyTorch 0.1
    None, ///< nothing of PyTorch's
};

/// What a file is. Reads only as much as it takes to say so; an Error is one of reading.
Result<TorchFileKind> torchFileKind(const std::filesystem::path& path);

/// A tensor under the name it has in its network, whose values are read when they are asked for.
struct TorchTensor {
    std::string name;
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape;
};

/// One network's parameters and buffers in a file.
struct TorchNetwork {
    /// Where it stands: "generator", "state_dict / netG"; empty when the file is this network and nothing else.
    std::string place;
    bool averaged = false; ///< the place says that these weights are an average (EMA)
    std::vector<TorchTensor> tensors; ///< in the order of the file, without prefixes such as "module."
    std::vector<std::string> others; ///< what stands among them and is no tensor, in words
};

/// One row of the picture of what a file holds.
struct TorchItem {
    std::string name; ///< "generator", "3"
    std::string what; ///< "tensor 64 × 100, F32", "number 0.5", "an object of class net.Generator"
    std::vector<TorchItem> items;
};

/// A tensor with its values.
struct StateTensor {
    std::string name;
    HostTensor tensor;
};
/// A network's tensors in the order of its file, which is that in which its modules were made.
using StateDict = std::vector<StateTensor>;

/// A file of PyTorch's that holds tensors (.pt, .pth, .ckpt), of 1.6 and later or before, read without Python: nothing
/// in it is run, and classes that are not known stay names. Storages of any device are read to the host. Values are
/// read when a network is asked for; that they lie within the file is checked before.
class TorchFile {
public:
    /// An Error names the file, what in it is at fault, and what to do: it is none of PyTorch's, TorchScript, a whole
    /// pickled model, big-endian, cut short, or holds no network.
    static Result<TorchFile> read(const std::filesystem::path& path);
    /// The same for bytes in memory, which must outlive it.
    static Result<TorchFile> decode(std::string_view bytes, const std::string& where);

    /// One at least.
    const std::vector<TorchNetwork>& networks() const;
    const TorchItem& contents() const;

    /// The values of one of networks(). An Error names the tensor.
    Result<StateDict> load(std::size_t network) const;

private:
    struct Data;
    explicit TorchFile(std::shared_ptr<const Data> data);
    static Result<TorchFile> make(std::shared_ptr<Data> data);

    std::shared_ptr<const Data> m_data;
};

} // namespace saddle
