// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace saddle {

/// What one operator of LibTorch did while it was watched.
struct OperatorUse {
    std::string name; ///< without its namespace: "convolution_backward"
    std::int64_t calls = 0;
    double seconds = 0; ///< on the host, without the operators it calls, but for those of convolutions and products
    double arithmetic = 0; ///< multiplications and additions; known for convolutions and matrix products alone
};

/// Counts and times all that LibTorch is asked to do, on every thread, while it exists. One at a time in a process: a
/// second one throws std::logic_error. Other threads must have nothing to do when it ends.
class OperatorLog {
public:
    OperatorLog();
    ~OperatorLog();
    OperatorLog(const OperatorLog&) = delete;
    OperatorLog& operator=(const OperatorLog&) = delete;

    /// Calls of operators, those that operators make among them.
    std::int64_t calls() const;
    /// Single numbers that were asked for (`item`), each of which waits for a device to finish. Those that an operator
    /// fetches for itself do not count: on the CPU the fused Adam reads its rate so, elsewhere it does not.
    std::int64_t hostReads() const;
    /// Copies from one device to another.
    std::int64_t deviceCopies() const;
    /// Operators by what they took, the longest first.
    std::vector<OperatorUse> uses() const;

private:
    class Records;
    std::unique_ptr<Records> m_records;
    std::uint64_t m_handle = 0;
};

/// Multiplications and additions a second that one large product of float32 matrices reaches with the threads in
/// force: what this machine can do at best. Takes about a second.
double measuredPeak();

} // namespace saddle
