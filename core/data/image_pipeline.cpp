// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_pipeline.h"

#include "core/base/files.h"
#include "core/base/text.h"
#include "core/data/memory_budget.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace saddle {

namespace {

constexpr std::size_t largestFile = 256u << 20;
/// Of a picture while it is decoded: four samples of 16 bits, or twice as many of 8.
constexpr std::int64_t bytesPerPixel = 8;
/// Results that wait for one that takes long.
constexpr std::size_t waitingBytes = 256u << 20;
constexpr auto betweenReports = std::chrono::milliseconds(50);

struct Decoded {
    std::vector<std::uint8_t> pixels; ///< empty: skipped
    std::string reason;
};

/// The files being worked on: as many as fit in a ring, so that memory stays bounded when one file takes long.
class Ring {
public:
    Ring(std::size_t files, std::size_t places)
        : m_files(files)
        , m_places(places)
    {
    }

    /// The next file to decode, or nothing once all are given out or it was stopped.
    std::optional<std::size_t> next()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_stopped || m_given == m_files || m_given < m_taken + m_places.size(); });
        if (m_stopped || m_given == m_files)
            return std::nullopt;
        return m_given++;
    }

    void put(std::size_t file, Decoded decoded)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_places[file % m_places.size()] = std::move(decoded);
        }
        m_changed.notify_all();
    }

    /// The result for the file that is due, or nothing when it takes longer than between two reports.
    std::optional<Decoded> take()
    {
        std::unique_lock lock(m_mutex);
        std::optional<Decoded>& place = m_places[m_taken % m_places.size()];
        if (!m_changed.wait_for(lock, betweenReports, [&] { return place.has_value(); }))
            return std::nullopt;
        ++m_taken;
        std::optional<Decoded> decoded = std::exchange(place, std::nullopt);
        lock.unlock();
        m_changed.notify_all();
        return decoded;
    }

    void stop()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_stopped = true;
        }
        m_changed.notify_all();
    }

private:
    std::size_t m_files;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::vector<std::optional<Decoded>> m_places;
    std::size_t m_given = 0;
    std::size_t m_taken = 0;
    bool m_stopped = false;
};

Status decodeFile(const std::filesystem::path& path, std::int64_t size, const ImageDecoder& decoder,
    const DecodeSettings& settings, MemoryBudget& budget, std::vector<std::uint8_t>& pixels)
{
    MemoryBudget::Share share(budget, size);
    const Result<std::string> bytes = readFile(path, largestFile);
    if (!bytes)
        return bytes.error();
    const Result<ImageHeader> header = readImageHeader(*bytes, path.string());
    if (!header)
        return header.error();
    share.grow(header->width * header->height * bytesPerPixel);
    pixels.resize(settings.bytes());
    return decoder.decode(*bytes, *header, settings, path.string(), pixels.data());
}

Decoded decoded(const std::filesystem::path& path, std::int64_t size, const ImageDecoder& decoder,
    const DecodeSettings& settings, MemoryBudget& budget)
{
    Decoded result;
    // No exception may leave a thread.
    try {
        if (const Status done = decodeFile(path, size, decoder, settings, budget, result.pixels); !done)
            return {{}, done.error().what};
        return result;
    } catch (const std::exception&) {
        return {{}, "there is not enough memory to decode it"};
    }
}

} // namespace

Status decodeInOrder(const std::filesystem::path& folder, const std::vector<ImageFile>& files,
    const ImageDecoder& decoder, const DecodeSettings& settings, const LoadMonitor& monitor,
    const std::function<Status(const ImageFile& file, std::span<const std::uint8_t> pixels)>& take,
    std::vector<SkippedFile>& skipped, const DecodeLimits& limits)
{
    const unsigned workers =
        limits.workers > 0 ? limits.workers : std::clamp(std::thread::hardware_concurrency(), 1u, 32u);
    const std::size_t places =
        std::clamp(waitingBytes / settings.bytes(), std::size_t{workers}, workers * std::size_t{16});
    Ring ring(files.size(), places);
    MemoryBudget budget(limits.memory);
    std::vector<std::jthread> threads;
    // Before the threads are joined, whichever way this function is left.
    const auto stopping = std::unique_ptr<Ring, void (*)(Ring*)>(&ring, [](Ring* left) { left->stop(); });
    for (unsigned i = 0; i < workers; ++i) {
        threads.emplace_back([&] {
            while (const std::optional<std::size_t> file = ring.next())
                ring.put(*file, decoded(folder / files[*file].path, files[*file].size, decoder, settings, budget));
        });
    }
    auto reported = std::chrono::steady_clock::now() - betweenReports;
    for (std::size_t i = 0; i < files.size();) {
        std::optional<Decoded> result = ring.take();
        if (const auto now = std::chrono::steady_clock::now(); now - reported >= betweenReports) {
            reported = now;
            const std::string what = "decoding " + grouped(static_cast<std::int64_t>(i)) + " of "
                + counted(static_cast<std::int64_t>(files.size()), "image");
            if (!monitor(static_cast<double>(i) / static_cast<double>(files.size()), what))
                return loadingCancelled();
        }
        if (!result)
            continue;
        const ImageFile& file = files[i++];
        if (result->pixels.empty()) {
            skipped.push_back({file.path, std::move(result->reason)});
            continue;
        }
        if (Status taken = take(file, result->pixels); !taken)
            return taken;
    }
    return {};
}

} // namespace saddle
