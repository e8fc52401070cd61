// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/idx.h"

#include "core/base/files.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <new>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t imagesMagic = 0x00000803;
constexpr std::uint32_t labelsMagic = 0x00000801;
constexpr std::uint32_t maximumSide = 4096;
constexpr std::uint64_t maximumBytes = 8ull << 30;
constexpr const char* downloadAgain = "download it again";

/// The bytes of a file, unpacked when it is gzip. zlib's own gzread would pass over bytes behind the gzip data and take
/// a cut-off file of one byte for a plain one; reading it here lets every such case have its own words.
class Source {
public:
    explicit Source(const fs::path& path)
        : m_path(path)
    {
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source()
    {
        if (m_gzip)
            inflateEnd(&m_stream);
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }

    Status open()
    {
        m_descriptor = ::open(m_path.c_str(), O_RDONLY | O_CLOEXEC);
        if (m_descriptor < 0)
            return systemError(errno, "the file cannot be opened", m_path);
        struct stat info { };
        if (::fstat(m_descriptor, &info) == 0 && S_ISDIR(info.st_mode))
            return error("this is a folder, not a file", "give the file itself");
        if (Status status = refill(); !status)
            return status;
        if (m_stream.avail_in == 0)
            return error("the file is empty", downloadAgain);
        if (m_stream.avail_in >= 2 && m_block[0] == 0x1f && m_block[1] == 0x8b) {
            if (inflateInit2(&m_stream, 16 + MAX_WBITS) != Z_OK)
                return error("there is not enough memory to unpack the file", "close other programs");
            m_gzip = true;
        }
        return {};
    }

    /// Up to `size` bytes; fewer only at the end of what the file holds.
    Result<std::size_t> read(std::uint8_t* to, std::size_t size)
    {
        std::size_t done = 0;
        while (done < size) {
            Result<std::size_t> got = m_gzip ? unpack(to + done, size - done) : copy(to + done, size - done);
            if (!got)
                return got;
            if (*got == 0)
                break;
            done += *got;
        }
        return done;
    }

    Error error(std::string what, std::string remedy) const
    {
        return {std::move(what), m_path.string(), std::move(remedy)};
    }

private:
    Status refill()
    {
        ssize_t got = -1;
        do {
            got = ::read(m_descriptor, m_block.data(), m_block.size());
        } while (got < 0 && errno == EINTR);
        if (got < 0)
            return systemError(errno, "the file cannot be read", m_path);
        m_stream.next_in = m_block.data();
        m_stream.avail_in = static_cast<uInt>(got);
        return {};
    }

    Result<std::size_t> copy(std::uint8_t* to, std::size_t size)
    {
        if (m_stream.avail_in == 0) {
            if (Status status = refill(); !status)
                return status.error();
        }
        const std::size_t some = std::min<std::size_t>(size, m_stream.avail_in);
        std::copy_n(m_stream.next_in, some, to);
        m_stream.next_in += some;
        m_stream.avail_in -= static_cast<uInt>(some);
        return some;
    }

    /// At least one byte, or 0 where the last gzip member has ended and its checksum was right.
    Result<std::size_t> unpack(std::uint8_t* to, std::size_t size)
    {
        const auto room = static_cast<uInt>(std::min<std::size_t>(size, 1u << 30));
        m_stream.next_out = to;
        m_stream.avail_out = room;
        while (m_stream.avail_out == room) {
            if (m_stream.avail_in == 0) {
                if (Status status = refill(); !status)
                    return status.error();
                if (m_stream.avail_in == 0 && m_memberEnded)
                    return std::size_t{0};
                if (m_stream.avail_in == 0)
                    return error("the gzip data ends early: the file is truncated", downloadAgain);
            }
            if (m_memberEnded) {
                if (*m_stream.next_in != 0x1f)
                    return error("there are further bytes behind the gzip data", downloadAgain);
                inflateReset(&m_stream);
                m_memberEnded = false;
            }
            const int code = inflate(&m_stream, Z_NO_FLUSH);
            if (code == Z_STREAM_END) {
                m_memberEnded = true;
            } else if (code == Z_MEM_ERROR) {
                return error("there is not enough memory to unpack the file", "close other programs");
            } else if (code != Z_OK && code != Z_BUF_ERROR) {
                return error(
                    std::string("the gzip data is corrupted (") + (m_stream.msg ? m_stream.msg : "damaged") + ")",
                    downloadAgain);
            }
        }
        return static_cast<std::size_t>(room - m_stream.avail_out);
    }

    fs::path m_path;
    int m_descriptor = -1;
    bool m_gzip = false;
    bool m_memberEnded = false;
    z_stream m_stream{};
    std::array<std::uint8_t, 65536> m_block{};
};

std::uint32_t bigEndian(const std::uint8_t* bytes)
{
    return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16
        | static_cast<std::uint32_t>(bytes[2]) << 8 | static_cast<std::uint32_t>(bytes[3]);
}

std::string elementType(std::uint8_t code)
{
    switch (code) {
    case 0x08:
        return "unsigned bytes";
    case 0x09:
        return "signed bytes";
    case 0x0b:
        return "16-bit integers";
    case 0x0c:
        return "32-bit integers";
    case 0x0d:
        return "32-bit floats";
    case 0x0e:
        return "64-bit floats";
    default:
        return {};
    }
}

/// What a file that does not begin with the wanted magic number is instead.
Error wrongMagic(const Source& source, const std::uint8_t* bytes, std::uint32_t wanted)
{
    const bool images = wanted == imagesMagic;
    const std::string remedy = images ? "give the file of images (its name has \"images-idx3\")"
                                      : "give the file of labels (its name has \"labels-idx1\")";
    const std::uint32_t magic = bigEndian(bytes);
    if (magic == labelsMagic)
        return source.error("this is an IDX label file, not one of images", remedy);
    if (magic == imagesMagic)
        return source.error("this is an IDX image file, not one of labels", remedy);
    const std::string type = elementType(bytes[2]);
    if (bytes[0] == 0 && bytes[1] == 0 && !type.empty()) {
        return source.error("this is an IDX file of " + type + " in " + std::to_string(bytes[3])
                + " dimensions; only unsigned bytes in "
                + (images ? "3 dimensions (count, height, width)" : "1 dimension") + " can be read here",
            remedy);
    }
    if (bytes[0] == '<')
        return source.error("this is a web page, not an IDX file", "download the data file itself");
    if (bytes[0] == 'P' && bytes[1] == 'K')
        return source.error("this is a ZIP archive, not an IDX file", "unpack it and give the file inside");
    char found[40];
    std::snprintf(found, sizeof found, "%02x %02x %02x %02x", bytes[0], bytes[1], bytes[2], bytes[3]);
    return source.error(std::string("this is not an IDX file: it begins with ") + found, remedy);
}

/// Reads the magic number and `Sizes` dimensions.
template <std::size_t Sizes>
Result<std::array<std::uint32_t, Sizes>> readHeader(Source& source, std::uint32_t wanted)
{
    std::array<std::uint8_t, 4 + 4 * Sizes> bytes{};
    const Result<std::size_t> got = source.read(bytes.data(), bytes.size());
    if (!got)
        return got.error();
    if (*got == 0)
        return source.error("the file is empty once unpacked", downloadAgain);
    if (*got >= 4 && bigEndian(bytes.data()) != wanted)
        return wrongMagic(source, bytes.data(), wanted);
    if (*got < bytes.size()) {
        return source.error("the file ends inside its header, after " + std::to_string(*got) + " of "
                + std::to_string(bytes.size()) + " bytes",
            downloadAgain);
    }
    std::array<std::uint32_t, Sizes> sizes{};
    for (std::size_t i = 0; i < Sizes; ++i)
        sizes[i] = bigEndian(bytes.data() + 4 + 4 * i);
    return sizes;
}

/// Reads exactly `size` bytes and makes sure that the file ends there.
Result<std::vector<std::uint8_t>> readBody(Source& source, std::uint64_t size)
{
    std::vector<std::uint8_t> body;
    try {
        while (body.size() < size) {
            // Grows by what has arrived, so that a header that lies costs no more than a few times the true size.
            const std::size_t before = body.size();
            const std::size_t step = std::max<std::size_t>(before, 1u << 20);
            body.resize(before + static_cast<std::size_t>(std::min<std::uint64_t>(step, size - before)));
            const Result<std::size_t> got = source.read(body.data() + before, body.size() - before);
            if (!got)
                return got.error();
            if (*got < body.size() - before) {
                return source.error("the header promises " + std::to_string(size)
                        + " bytes of data, but there are only " + std::to_string(before + *got),
                    downloadAgain);
            }
        }
    } catch (const std::bad_alloc&) {
        return source.error("there is not enough memory for this file", "use a smaller data set");
    }
    std::uint8_t further = 0;
    const Result<std::size_t> got = source.read(&further, 1);
    if (!got)
        return got.error();
    if (*got != 0) {
        return source.error(
            "there are further bytes behind the " + std::to_string(size) + " that the header promises", downloadAgain);
    }
    return body;
}

} // namespace

namespace {

/// Opens a file of images and checks its header.
Result<IdxSize> imagesSize(Source& source)
{
    if (Status status = source.open(); !status)
        return status.error();
    const auto header = readHeader<3>(source, imagesMagic);
    if (!header)
        return header.error();
    const auto [count, height, width] = *header;
    if (count == 0)
        return source.error("the file holds no images", "give a file with at least one");
    if (height < 1 || width < 1 || height > maximumSide || width > maximumSide) {
        return source.error("the header says images of " + std::to_string(width) + "x" + std::to_string(height)
                + " pixels; each side must be 1 to " + std::to_string(maximumSide),
            "check that this is the right file");
    }
    // 2^32 * 2^12 * 2^12 fits in 64 bits.
    const std::uint64_t size = static_cast<std::uint64_t>(count) * height * width;
    if (size > maximumBytes) {
        return source.error("the header says " + std::to_string(size >> 20) + " MiB of images; at most "
                + std::to_string(maximumBytes >> 20) + " MiB can be read",
            "split the file");
    }
    return IdxSize{count, static_cast<int>(height), static_cast<int>(width)};
}

} // namespace

Result<IdxSize> readIdxSize(const fs::path& path)
{
    Source source(path);
    return imagesSize(source);
}

Result<IdxImages> readIdxImages(const fs::path& path)
{
    Source source(path);
    const Result<IdxSize> size = imagesSize(source);
    if (!size)
        return size.error();
    Result<std::vector<std::uint8_t>> body = readBody(source,
        static_cast<std::uint64_t>(size->count) * static_cast<std::uint64_t>(size->height)
            * static_cast<std::uint64_t>(size->width));
    if (!body)
        return body.error();
    return IdxImages{size->count, size->height, size->width, std::move(*body)};
}

Result<std::vector<std::uint8_t>> readIdxLabels(const fs::path& path)
{
    Source source(path);
    if (Status status = source.open(); !status)
        return status.error();
    const auto header = readHeader<1>(source, labelsMagic);
    if (!header)
        return header.error();
    if ((*header)[0] == 0)
        return source.error("the file holds no labels", "give a file with at least one");
    return readBody(source, (*header)[0]);
}

Status checkCounts(const IdxImages& images, const fs::path& imagesPath, const std::vector<std::uint8_t>& labels,
    const fs::path& labelsPath)
{
    if (static_cast<std::uint64_t>(images.count) == labels.size())
        return {};
    return Error{
        "there are " + std::to_string(images.count) + " images but " + std::to_string(labels.size()) + " labels",
        imagesPath.string() + " and " + labelsPath.string(), "give the two files that belong together"};
}

} // namespace saddle
