// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/diversity.h"

#include "core/base/files.h"
#include "core/io/csv.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <span>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr const char* fileName = "diversity.csv";
constexpr const char* header = "step,diversity\n";

/// A refreshed grid of ordinary size is measured whole in less than a millisecond, the largest in about one.
constexpr std::size_t mostSamples = 64;
constexpr std::size_t mostNumbers = std::size_t{1} << 20;

template <typename Number>
std::optional<double> spreadOf(std::span<const Number> numbers, std::size_t count)
{
    if (count < 2 || numbers.size() < count)
        return std::nullopt;
    const std::size_t each = numbers.size() / count;
    // An odd step through the numbers of a pixel's channels meets all of them.
    const std::size_t looked = std::min(each > 2 ? mostSamples : count, count);
    const std::size_t stride = (each * looked / mostNumbers) | 1U;
    std::vector<double> sums;
    std::vector<double> squares;
    const std::size_t places = (each + stride - 1) / stride;
    sums.resize(places);
    squares.resize(places);
    for (std::size_t i = 0; i < looked; ++i) {
        const Number* sample = numbers.data() + i * count / looked * each;
        const Number* first = numbers.data();
        for (std::size_t p = 0; p < places; ++p) {
            // Around the first sample, so that like numbers lose no digits to each other.
            const double value = static_cast<double>(sample[p * stride]) - static_cast<double>(first[p * stride]);
            sums[p] += value;
            squares[p] += value * value;
        }
    }
    const auto n = static_cast<double>(looked);
    double variance = 0;
    for (std::size_t p = 0; p < places; ++p)
        variance += std::max(squares[p] - sums[p] * sums[p] / n, 0.0) / (n - 1); // NaN stays
    variance *= static_cast<double>(each) / static_cast<double>(places);
    const double distance = std::sqrt(2 * variance);
    return std::isfinite(distance) ? std::optional(distance) : std::nullopt;
}

std::optional<DiversityPoint> pointOf(const std::string& line)
{
    const std::size_t comma = line.find(',');
    if (comma == std::string::npos)
        return std::nullopt;
    DiversityPoint point;
    const auto [end, error] = std::from_chars(line.data(), line.data() + comma, point.step);
    const std::optional<double> value = parseNumber(std::string_view(line).substr(comma + 1));
    if (error != std::errc() || end != line.data() + comma || point.step < 0 || !value || !std::isfinite(*value))
        return std::nullopt;
    point.diversity = *value;
    return point;
}

} // namespace

std::optional<double> spread(const Samples& samples)
{
    if (samples.isPoints())
        return spreadOf(std::span(samples.points), samples.points.size() / 2);
    return spreadOf(std::span(samples.pixels), static_cast<std::size_t>(std::max<std::int64_t>(samples.count, 0)));
}

std::optional<double> realSpread(const Samples& samples)
{
    return samples.isPoints() ? spreadOf(std::span(samples.realPoints), samples.realPoints.size() / 2)
                              : spread(samples);
}

Status appendDiversity(const fs::path& runFolder, const DiversityPoint& point)
{
    const fs::path path = runFolder / fileName;
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0)
        return systemError(errno, "the file cannot be written", path);
    struct stat before { };
    std::string line = std::to_string(point.step) + "," + formatNumber(point.diversity) + "\n";
    Status status;
    if (::fstat(file, &before) != 0) {
        status = systemError(errno, "the file cannot be written", path);
    } else {
        if (before.st_size == 0)
            line.insert(0, header);
        const ssize_t wrote = ::write(file, line.data(), line.size());
        if (wrote != static_cast<ssize_t>(line.size())) {
            status = systemError(wrote < 0 ? errno : ENOSPC, "the file cannot be written", path);
            if (wrote > 0) [[maybe_unused]] // half a line must not stay
                const int cut = ::ftruncate(file, before.st_size);
        }
    }
    ::close(file);
    return status;
}

std::vector<DiversityPoint> readDiversity(const fs::path& runFolder)
{
    std::vector<DiversityPoint> points;
    constexpr std::size_t limit = std::size_t{64} << 20;
    const Result<std::string> text = readFile(runFolder / fileName, limit);
    if (!text)
        return points;
    std::size_t at = 0;
    while (at < text->size()) {
        const std::size_t end = std::min(text->find('\n', at), text->size());
        const std::optional<DiversityPoint> point = pointOf(text->substr(at, end - at));
        at = end + 1;
        if (!point)
            continue;
        while (!points.empty() && points.back().step >= point->step)
            points.pop_back();
        points.push_back(*point);
    }
    return points;
}

} // namespace saddle
