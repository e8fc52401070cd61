// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/libtorch/fetch.h"
#include "tests/support/scratch.h"
#include "tests/support/zipped.h"

#include <QCryptographicHash>

namespace saddle::test {

/// A LibTorch of two wheels, a few kilobytes small, as the index serves it.
struct SmallLibtorch {
    static constexpr const char* version = "2.11.0";

    std::string torch =
        zipped({{"torch/lib/libtorch_cpu.so", std::string(200'000, 'c')}, {"torch/lib/libc10.so", "c10"},
            {"torch/include/torch/headeronly/version.h",
                "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 11\n#define TORCH_VERSION_PATCH 0\n"}});
    std::string runtime = zipped({{"nvidia/cu13/lib/libcudart.so.13", "cudart"}}, true);

    static std::string sha256(const std::string& bytes)
    {
        return QCryptographicHash::hash(QByteArray::fromStdString(bytes), QCryptographicHash::Sha256)
            .toHex()
            .toStdString();
    }

    WheelList list() const
    {
        return {{{"torch", version, sha256(torch)}, {"nvidia-cuda-runtime", "13.0.96", sha256(runtime)}}, 0, 0};
    }

    /// The page of a project on the index, with other files before and after.
    static std::string page(const std::string& address, const std::string& hash)
    {
        return "<!DOCTYPE html><html><body>\n<a href=\"../../files/other.whl#sha256=" + std::string(64, '0')
            + "\">other.whl</a><br/>\n<a href=\"" + address + "#sha256=" + hash
            + "\" data-requires-python=\"&gt;=3.10\">wheel</a><br/>\n<a href=\"last.whl#sha256=" + std::string(64, '1')
            + "\">last.whl</a></body></html>";
    }

    /// Writes an index of files; its address.
    std::string writeIndex(const Scratch& scratch) const
    {
        namespace fs = std::filesystem;
        fs::create_directories(scratch.path("index/torch"));
        fs::create_directories(scratch.path("index/nvidia-cuda-runtime"));
        scratch.write("index/torch/torch.whl", torch);
        scratch.write("index/torch/index.html", page("torch.whl", sha256(torch)));
        scratch.write("index/nvidia-cuda-runtime/runtime.whl", runtime);
        scratch.write("index/nvidia-cuda-runtime/index.html", page("runtime.whl", sha256(runtime)));
        return "file://" + scratch.path("index").string();
    }

    FetchRequest request(const Scratch& scratch, const std::string& index) const
    {
        return {list(), "cpu", scratch.path("cache/libtorch"), index,
            {4, std::chrono::milliseconds(1), std::chrono::seconds(5)}};
    }
};

} // namespace saddle::test
