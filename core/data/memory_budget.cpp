// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/memory_budget.h"

namespace saddle {

MemoryBudget::Share::Share(MemoryBudget& budget, std::int64_t bytes)
    : m_budget(budget)
    , m_taken(bytes)
{
    std::unique_lock lock(budget.m_mutex);
    budget.m_changed.wait(lock, [&] { return budget.m_used == 0 || budget.m_used + bytes <= budget.m_bytes; });
    budget.m_used += bytes;
}

MemoryBudget::Share::~Share()
{
    {
        const std::lock_guard lock(m_budget.m_mutex);
        m_budget.m_used -= m_taken;
        m_budget.m_grown -= m_grown ? 1 : 0;
    }
    m_budget.m_changed.notify_all();
}

void MemoryBudget::Share::grow(std::int64_t bytes)
{
    std::unique_lock lock(m_budget.m_mutex);
    m_budget.m_changed.wait(lock, [&] { return m_budget.m_grown == 0 || m_budget.m_used + bytes <= m_budget.m_bytes; });
    m_budget.m_used += bytes;
    m_taken += bytes;
    ++m_budget.m_grown;
    m_grown = true;
}

} // namespace saddle
