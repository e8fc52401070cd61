// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/torch_file.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto file = saddle::TorchFile::decode(bytes, "input");
    if (!file)
        return 0;
    for (std::size_t i = 0; i < file->networks().size(); ++i) {
        const auto state = file->load(i);
        // What was read is what was said.
        for (std::size_t j = 0; state && j < state->size(); ++j) {
            const saddle::TorchTensor& said = file->networks()[i].tensors[j];
            if ((*state)[j].name != said.name || (*state)[j].tensor.shape != said.shape
                || (*state)[j].tensor.dtype != said.dtype)
                std::abort();
        }
    }
    return 0;
}
