// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace saddle {

/// Read-only bytes that several may hold: a vector's, or those of a file mapped into memory. Copies share them.
class SharedBytes {
public:
    SharedBytes() = default;
    SharedBytes(std::vector<std::uint8_t> bytes)
    {
        auto owned = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
        m_bytes = *owned;
        m_owner = std::move(owned);
    }
    SharedBytes(std::shared_ptr<const void> owner, std::span<const std::uint8_t> bytes)
        : m_owner(std::move(owner))
        , m_bytes(bytes)
    {
    }

    const std::uint8_t* data() const { return m_bytes.data(); }
    std::size_t size() const { return m_bytes.size(); }
    bool empty() const { return m_bytes.empty(); }
    const std::uint8_t& operator[](std::size_t at) const { return m_bytes[at]; }
    auto begin() const { return m_bytes.begin(); }
    auto end() const { return m_bytes.end(); }

    /// `size` bytes from `offset` on, which must lie inside; the whole stays alive with them.
    SharedBytes part(std::size_t offset, std::size_t size) const { return {m_owner, m_bytes.subspan(offset, size)}; }

private:
    std::shared_ptr<const void> m_owner;
    std::span<const std::uint8_t> m_bytes;
};

/// A file's bytes, mapped: pages come from the disk when they are read and may leave memory again. Only for files that
/// are replaced as a whole and never cut short while in use, since reading beyond a new end would end the program.
Result<SharedBytes> mapFile(const std::filesystem::path& path);

} // namespace saddle
