// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/pickle.h"
#include "core/io/torch_file.h"

namespace saddle {

/// A network's tensors as they stand in a pickle.
struct FoundNetwork {
    std::string place;
    struct Entry {
        std::string name;
        PickleIndex value;
    };
    std::vector<Entry> tensors;
    std::vector<std::string> others;
};

/// Every dictionary of tensors by name, wherever it stands. One that holds several networks by prefix ("netG.",
/// "generator.") is taken apart; prefixes that wrappers put before all names ("module.", "_orig_mod.") go. States of
/// optimisers are passed over.
std::vector<FoundNetwork> findNetworks(const Pickle& pickle);

/// Whether a place names averaged weights: "g_ema", "generator_average".
bool namesAverage(std::string_view place);

/// The picture of what the pickle holds, of bounded size.
TorchItem describeContents(const Pickle& pickle);

/// "an object of class net.Generator", "what calling os.system gives": words for what is not read.
std::string describeObject(const PickleNode& object);

/// The first object that is not read and that stands where a network could, in words with its place; else empty.
struct UnreadObject {
    std::string place;
    const PickleNode* object = nullptr;
};
UnreadObject firstObject(const Pickle& pickle);

/// Whether an object is a pickled module of PyTorch's.
bool isModule(const Pickle& pickle, const PickleNode& object);

} // namespace saddle
