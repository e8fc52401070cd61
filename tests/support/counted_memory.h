// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <c10/core/CPUAllocator.h>

#include <atomic>
#include <cstdint>

namespace saddle::test {

/// Counts the tensors' allocations on the host while it exists. Memory that it gave may outlive it.
class CountedMemory : public c10::Allocator {
public:
    CountedMemory()
        : m_inner(c10::GetCPUAllocator())
    {
        c10::SetCPUAllocator(this);
    }
    ~CountedMemory() override { c10::SetCPUAllocator(m_inner); }

    c10::DataPtr allocate(std::size_t bytes) override
    {
        ++m_count;
        return m_inner->allocate(bytes); // its own deleter frees it
    }
    c10::DeleterFnPtr raw_deleter() const override { return m_inner->raw_deleter(); }
    void copy_data(void* to, const void* from, std::size_t bytes) const override
    {
        m_inner->copy_data(to, from, bytes);
    }

    std::int64_t count() const { return m_count; }

private:
    c10::Allocator* m_inner;
    std::atomic<std::int64_t> m_count = 0;
};

} // namespace saddle::test
