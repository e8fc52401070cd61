// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/kept_blocks.h"

#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>

#include <sys/mman.h>

namespace saddle {

namespace {

/// Smaller ones come from the C library, which keeps them well.
constexpr std::size_t leastBlock = 1 << 20;
/// Sizes are multiples of this, so that nearly equal ones share blocks.
constexpr std::size_t grain = 64 << 10;

class KeptBlocks : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override
    {
        if (bytes < leastBlock)
            return m_small->allocate(bytes);
        void* const data = take((bytes + grain - 1) / grain * grain);
        c10::profiledCPUMemoryReporter().New(data, bytes);
        return {data, data, &giveBack, c10::Device(c10::kCPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &giveBack; }

    void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }

    void drop()
    {
        const std::lock_guard lock(m_mutex);
        while (releaseOldest()) { }
        m_use.mostUsed = m_use.used;
    }

    BlockUse use() const
    {
        const std::lock_guard lock(m_mutex);
        return m_use;
    }

private:
    struct Kept {
        void* data;
        std::uint64_t since; ///< counts what was freed
    };

    void* take(std::size_t size)
    {
        const std::lock_guard lock(m_mutex);
        const auto bytes = static_cast<std::int64_t>(size);
        const auto found = m_kept.lower_bound(size);
        // Up to an eighth may stay unused.
        if (found != m_kept.end() && found->first <= size + size / 8) {
            void* const data = found->second.data;
            const auto whole = static_cast<std::int64_t>(found->first);
            m_use.kept -= whole;
            m_kept.erase(found);
            countUsed(whole);
            return data;
        }
        const std::int64_t most = std::max(m_use.mostUsed, m_use.used + bytes);
        while (m_use.used + m_use.kept + bytes > most && releaseOldest()) { }
        void* data = map(size);
        while (data == MAP_FAILED && releaseOldest())
            data = map(size);
        if (data == MAP_FAILED)
            throw std::bad_alloc();
        m_sizes.emplace(data, size);
        ++m_use.taken;
        countUsed(bytes);
        return data;
    }

    static void giveBack(void* data);

    /// False where the block is not of this store.
    bool keep(void* data)
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_sizes.find(data);
        if (found == m_sizes.end())
            return false;
        c10::profiledCPUMemoryReporter().Delete(data); // before another tensor has it
        const auto bytes = static_cast<std::int64_t>(found->second);
        m_use.used -= bytes;
        m_use.kept += bytes;
        m_kept.emplace(found->second, Kept{data, ++m_freed});
        return true;
    }

    bool releaseOldest()
    {
        const auto oldest = std::min_element(m_kept.begin(), m_kept.end(),
            [](const auto& one, const auto& other) { return one.second.since < other.second.since; });
        if (oldest == m_kept.end())
            return false;
        ::munmap(oldest->second.data, oldest->first);
        m_sizes.erase(oldest->second.data);
        m_use.kept -= static_cast<std::int64_t>(oldest->first);
        m_kept.erase(oldest);
        return true;
    }

    void countUsed(std::int64_t bytes)
    {
        m_use.used += bytes;
        m_use.mostUsed = std::max(m_use.mostUsed, m_use.used);
    }

    static void* map(std::size_t size)
    {
        return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }

    c10::Allocator* m_small = c10::GetDefaultCPUAllocator();
    mutable std::mutex m_mutex;
    std::unordered_map<void*, std::size_t> m_sizes; ///< of all blocks
    std::multimap<std::size_t, Kept> m_kept; ///< by size
    std::uint64_t m_freed = 0;
    BlockUse m_use;
};

/// Never destroyed: tensors may be freed after everything else.
KeptBlocks& blocks()
{
    static auto* const all = new KeptBlocks();
    return *all;
}

void KeptBlocks::giveBack(void* data)
{
    if (data && !blocks().keep(data))
        blocks().m_small->raw_deleter()(data);
}

} // namespace

void keepFreedBlocks()
{
    static const bool done = [] {
        c10::SetCPUAllocator(&blocks());
        return true;
    }();
    static_cast<void>(done);
}

void dropKeptBlocks()
{
    blocks().drop();
}

BlockUse blockUse()
{
    return blocks().use();
}

} // namespace saddle
