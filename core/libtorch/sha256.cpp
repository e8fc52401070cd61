// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/libtorch/sha256.h"

#include "core/base/descriptor.h"
#include "core/base/files.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace saddle {

Result<std::string> sha256OfFile(const std::filesystem::path& path, const std::function<bool(std::uint64_t)>& goOn)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0)
        return systemError(errno, "the file cannot be opened", path);
    const std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context(::EVP_MD_CTX_new(), &::EVP_MD_CTX_free);
    if (!context || ::EVP_DigestInit_ex(context.get(), ::EVP_sha256(), nullptr) != 1)
        return Error{"SHA-256 cannot be computed on this system", path.string(), "check its OpenSSL"};

    std::vector<char> block(std::size_t{1} << 20);
    std::uint64_t done = 0;
    while (true) {
        const ssize_t got = ::read(file.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return systemError(errno, "the file cannot be read", path);
        if (got == 0)
            break;
        ::EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(got));
        done += static_cast<std::uint64_t>(got);
        if (!goOn(done))
            return std::string();
    }

    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    ::EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    text.reserve(std::size_t{2} * size);
    for (unsigned i = 0; i < size; ++i) {
        text += digits[digest[i] >> 4];
        text += digits[digest[i] & 15];
    }
    return text;
}

} // namespace saddle
