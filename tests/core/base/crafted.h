// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/scratch.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

// For tests of readers: bytes made by hand, and an eye on what a reader allocates. Include it in one file of a program
// only, because it replaces that program's operator new.

namespace saddle::test {

inline std::atomic<std::size_t> largestAllocation{0};

/// Below this, a reader did not believe a lying header.
inline constexpr std::size_t modestAllocation = 4u << 20;

inline std::string bigEndian(std::uint32_t value)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

inline std::string littleEndian(std::uint64_t value, int size)
{
    std::string bytes;
    for (int i = 0; i < size; ++i)
        bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
}

/// The checksum of PNG and gzip.
inline std::uint32_t checksum(std::string_view bytes)
{
    std::uint32_t sum = 0xffffffff;
    for (const char byte : bytes) {
        sum ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xedb88320 : 0);
    }
    return ~sum;
}

/// A zlib stream.
inline std::string deflated(std::string_view bytes)
{
    if (bytes.empty())
        return std::string("\x78\x9c\x03\0\0\0\0\x01", 8); // Qt makes nothing of nothing
    // Qt puts the length in front.
    return qCompress(reinterpret_cast<const uchar*>(bytes.data()), static_cast<qsizetype>(bytes.size()))
        .mid(4)
        .toStdString();
}

inline std::string gzip(std::string_view bytes)
{
    const std::string stream = deflated(bytes);
    return std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) + stream.substr(2, stream.size() - 6)
        + littleEndian(checksum(bytes), 4) + littleEndian(bytes.size(), 4);
}

} // namespace saddle::test

void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    std::size_t largest = saddle::test::largestAllocation;
    while (size > largest && !saddle::test::largestAllocation.compare_exchange_weak(largest, size)) { }
    return std::malloc(size > 0 ? size : 1);
}
void* operator new(std::size_t size)
{
    if (void* memory = operator new(size, std::nothrow))
        return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

/// Fails the test unless the result is an Error that names a place and whose sentence holds the text.
#define REFUSED(result, text)                                                                                          \
    do {                                                                                                               \
        const auto& refused_ = (result);                                                                               \
        QVERIFY(!refused_.ok());                                                                                       \
        const QString sentence_ = QString::fromStdString(refused_.error().sentence());                                 \
        QVERIFY2(sentence_.contains(QString::fromStdString(text)), qPrintable(sentence_));                             \
        QVERIFY2(!refused_.error().where.empty(), qPrintable(sentence_));                                              \
    } while (false)
