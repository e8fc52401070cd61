// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/onnx.h"
#include "tests/fuzz/memory_file.h"
#include "tests/support/fake_catalog.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const saddle::fuzz::MemoryFile file(data, size);
    static_cast<void>(saddle::readModel(file.path(), saddle::test::fakeCatalog(), {}, saddle::onnxFormat().read));
    return 0;
}
