// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/image_header.h"

#include "core/base/text.h"
#include "core/io/image.h"

#include <algorithm>
#include <optional>

namespace saddle {

namespace {

/// Numbers at places in bytes from outside: a place beyond the end reads as 0, and is noticed.
class Bytes {
public:
    explicit Bytes(std::string_view bytes, bool bigEndian = true)
        : m_bytes(bytes)
        , m_bigEndian(bigEndian)
    {
    }

    std::size_t size() const { return m_bytes.size(); }
    bool has(std::uint64_t at, std::uint64_t count) const { return at <= size() && count <= size() - at; }
    bool is(std::uint64_t at, std::string_view text) const
    {
        return has(at, text.size()) && m_bytes.substr(at, text.size()) == text;
    }
    std::uint64_t number(std::uint64_t at, int count) const
    {
        std::uint64_t value = 0;
        for (int i = 0; i < count; ++i) {
            const std::uint64_t from = at + static_cast<std::uint64_t>(m_bigEndian ? i : count - 1 - i);
            value = value << 8 | (from < size() ? static_cast<unsigned char>(m_bytes[from]) : 0u);
        }
        return value;
    }
    std::string_view part(std::uint64_t at, std::uint64_t count) const
    {
        return has(at, count) ? m_bytes.substr(at, count) : std::string_view();
    }
    std::string_view all() const { return m_bytes; }

private:
    std::string_view m_bytes;
    bool m_bigEndian;
};

/// The entries of a TIFF file's first directory that matter here. EXIF data is laid out the same way.
struct TiffDirectory {
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::int64_t bitsPerSample = 1;
    std::int64_t samples = 1;
    std::int64_t compression = 1;
    std::int64_t colours = 2; ///< PhotometricInterpretation: 0 inverted grey, 1 grey, 2 RGB, others
    std::int64_t planes = 1; ///< PlanarConfiguration: 2 keeps the samples of all pixels apart
    ExtraSample extra = ExtraSample::Unknown;
    int orientation = 1;
};

std::optional<TiffDirectory> tiffDirectory(std::string_view bytes)
{
    const bool big = bytes.substr(0, 4) == std::string_view("MM\0*", 4);
    if (!big && bytes.substr(0, 4) != std::string_view("II*\0", 4))
        return std::nullopt;
    const Bytes in(bytes, big);
    const std::uint64_t start = in.number(4, 4);
    if (!in.has(start, 2))
        return std::nullopt;
    TiffDirectory directory;
    const std::uint64_t entries = in.number(start, 2);
    for (std::uint64_t i = 0; i < entries; ++i) {
        const std::uint64_t at = start + 2 + i * 12;
        if (!in.has(at, 12))
            break;
        const std::uint64_t tag = in.number(at, 2);
        const std::uint64_t type = in.number(at + 2, 2);
        const std::uint64_t count = in.number(at + 4, 4);
        const int size = type == 3 ? 2 : type == 4 ? 4 : 1;
        // Several values that need more than four bytes lie elsewhere.
        const bool elsewhere = count * static_cast<std::uint64_t>(size) > 4;
        const auto value = static_cast<std::int64_t>(in.number(elsewhere ? in.number(at + 8, 4) : at + 8, size));
        switch (tag) {
        case 0x100:
            directory.width = value;
            break;
        case 0x101:
            directory.height = value;
            break;
        case 0x102:
            directory.bitsPerSample = value;
            break;
        case 0x103:
            directory.compression = value;
            break;
        case 0x106:
            directory.colours = value;
            break;
        case 0x112:
            directory.orientation = value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
            break;
        case 0x115:
            directory.samples = value;
            break;
        case 0x11c:
            directory.planes = value;
            break;
        case 0x152:
            directory.extra = value == 1 ? ExtraSample::MultipliedAlpha
                : value == 2             ? ExtraSample::Alpha
                                         : ExtraSample::Unknown;
            break;
        default:
            break;
        }
    }
    return directory;
}

int exifOrientation(std::string_view exif)
{
    const std::optional<TiffDirectory> directory = tiffDirectory(exif);
    return directory ? directory->orientation : 1;
}

/// A picture of that format, or what is wrong with it in words for a person.
struct Found {
    ImageHeader header;
    std::string problem;
    std::string remedy = "save or download it again";
};

/// The transparent colour in a tRNS chunk, its samples of `depth` bits; a palette's transparency is another matter.
std::optional<std::array<std::uint16_t, 3>> transparentColour(
    const Bytes& in, std::uint64_t at, std::uint64_t length, std::uint64_t colour, std::uint64_t depth)
{
    const bool grey = colour == 0 && length == 2;
    if ((!grey && (colour != 2 || length != 6)) || depth < 1 || depth > 16)
        return std::nullopt;
    std::array<std::uint16_t, 3> found{};
    const std::uint64_t most = (std::uint64_t{1} << depth) - 1;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::uint64_t sample = in.number(at + (grey ? 0 : 2 * i), 2) & most;
        found[i] = static_cast<std::uint16_t>(depth < 8 ? sample * 255 / most : sample);
    }
    return found;
}

Found pngHeader(const Bytes& in)
{
    Found found{{ImageFormat::Png}, {}};
    if (!in.is(12, "IHDR") || !in.has(0, 33))
        return {{}, "the PNG picture has no header"};
    found.header.width = static_cast<std::int64_t>(in.number(16, 4));
    found.header.height = static_cast<std::int64_t>(in.number(20, 4));
    const std::uint64_t depth = in.number(24, 1);
    const std::uint64_t colour = in.number(25, 1);
    const std::uint64_t samples = colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
    const auto width = static_cast<std::uint64_t>(found.header.width);
    const auto height = static_cast<std::uint64_t>(found.header.height);
    // Deflate cannot grow data by more than 1032 times. (No product here passes 64 bits: 2^31 * 2^31 is checked first.)
    if (width < (1u << 31) && height < (1u << 31) && width * height <= static_cast<std::uint64_t>(maximumPixels)
        && (width * samples * depth + 7) / 8 * height / 1032 > in.size())
        found.problem = "it says " + std::to_string(width) + " × " + std::to_string(height)
            + " pixels, more than its bytes can hold";
    bool ended = false;
    for (std::uint64_t at = 8; in.has(at, 12);) {
        const std::uint64_t length = in.number(at, 4);
        if (in.is(at + 4, "eXIf"))
            found.header.orientation = exifOrientation(in.part(at + 8, length));
        else if (in.is(at + 4, "tRNS"))
            found.header.transparent = transparentColour(in, at + 8, length, colour, depth);
        ended = ended || in.is(at + 4, "IEND");
        at += 12 + length;
    }
    if (!ended && found.problem.empty())
        found.problem = "the PNG picture ends early";
    return found;
}

Found jpegHeader(const Bytes& in)
{
    Found found{{ImageFormat::Jpeg}, {}};
    std::uint64_t at = 2;
    std::uint64_t samples = 0;
    bool adobe = false;
    while (in.has(at, 4)) {
        if (in.number(at, 1) != 0xff)
            return {{}, "the JPEG picture is damaged in front of its pixels"};
        const std::uint64_t marker = in.number(at + 1, 1);
        if (marker == 0xff) { // fill bytes
            ++at;
            continue;
        }
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) { // these stand alone
            at += 2;
            continue;
        }
        const std::uint64_t length = in.number(at + 2, 2);
        const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (frame) {
            found.header.height = static_cast<std::int64_t>(in.number(at + 5, 2));
            found.header.width = static_cast<std::int64_t>(in.number(at + 7, 2));
            samples = in.number(at + 9, 1);
        } else if (marker == 0xee && in.is(at + 4, "Adobe")) {
            adobe = true;
        } else if (marker == 0xe1 && in.is(at + 4, std::string_view("Exif\0\0", 6)) && length >= 8) {
            found.header.orientation = exifOrientation(in.part(at + 10, length - 8));
        } else if (marker == 0xda) {
            // A block of 64 pixels takes at least a bit.
            if (static_cast<std::uint64_t>(found.header.width * found.header.height) / 512 > in.size())
                found.problem = "it says " + std::to_string(found.header.width) + " × "
                    + std::to_string(found.header.height) + " pixels, more than its bytes can hold";
            else if (in.all().find("\xff\xd9", at) == std::string_view::npos)
                found.problem = "the JPEG picture ends early";
            else if (samples == 4 && !adobe) {
                // Adobe's are negatives, others are not, and OpenCV takes all for Adobe's.
                found.problem = "the JPEG picture has four colours without Adobe's mark, which is not read";
                found.remedy = "convert it to RGB";
            }
            return found;
        }
        if (marker == 0xd9 || length < 2)
            break;
        at += 2 + length;
    }
    return {{}, "the JPEG picture ends before its pixels"};
}

Found webpHeader(const Bytes& little)
{
    Found found{{ImageFormat::Webp}, {}};
    if (little.number(4, 4) + 8 > little.size())
        return {{}, "the WebP picture ends early"};
    for (std::uint64_t at = 12; little.has(at, 8);) {
        const std::uint64_t length = little.number(at + 4, 4);
        const std::uint64_t data = at + 8;
        ImageHeader& header = found.header;
        // The modes of a macroblock, 256 pixels, take more than two bits. (A lossless picture of one colour takes
        // none.)
        const std::uint64_t frame = (little.number(data + 6, 2) & 0x3fff) * (little.number(data + 8, 2) & 0x3fff);
        if (little.is(at, "VP8 ") && frame / 1024 > length)
            found.problem = "it says more pixels than its bytes can hold";
        if (little.is(at, "VP8X")) {
            header.width = static_cast<std::int64_t>(little.number(data + 4, 3) + 1);
            header.height = static_cast<std::int64_t>(little.number(data + 7, 3) + 1);
        } else if (little.is(at, "VP8 ") && header.width == 0) {
            header.width = static_cast<std::int64_t>(little.number(data + 6, 2) & 0x3fff);
            header.height = static_cast<std::int64_t>(little.number(data + 8, 2) & 0x3fff);
        } else if (little.is(at, "VP8L") && header.width == 0) {
            const std::uint64_t bits = little.number(data + 1, 4);
            header.width = static_cast<std::int64_t>((bits & 0x3fff) + 1);
            header.height = static_cast<std::int64_t>((bits >> 14 & 0x3fff) + 1);
        } else if (little.is(at, "ANIM")) {
            return {{}, "it is an animation"};
        } else if (little.is(at, "EXIF")) {
            const std::string_view exif = little.part(data, length);
            header.orientation = exifOrientation(exif.starts_with("Exif") ? exif.substr(6) : exif);
        }
        at = data + length + (length & 1);
    }
    return found;
}

Found bmpHeader(const Bytes& little)
{
    Found found{{ImageFormat::Bmp}, {}};
    const std::uint64_t headerSize = little.number(14, 4);
    if (headerSize < 12 || !little.has(14, headerSize))
        return {{}, "the BMP picture has no header"};
    const bool old = headerSize == 12;
    const int count = old ? 2 : 4;
    found.header.width = static_cast<std::int64_t>(little.number(18, count));
    found.header.height = static_cast<std::int64_t>(little.number(old ? 20 : 22, count));
    if (found.header.height > 0x7fffffff) // negative: from the top down
        found.header.height = 0x100000000 - found.header.height;
    const std::uint64_t depth = little.number(old ? 24 : 28, 2);
    const std::uint64_t compression = old ? 0 : little.number(30, 4);
    const bool plain = compression == 0 || compression == 3 || compression == 6;
    if (plain && found.header.width * (found.header.height > 0 ? 1 : 0) <= maximumPixels
        && found.header.height <= maximumPixels && found.header.width * found.header.height <= maximumPixels) {
        const std::uint64_t row = (static_cast<std::uint64_t>(found.header.width) * depth + 31) / 32 * 4;
        if (row * static_cast<std::uint64_t>(found.header.height) > little.size())
            found.problem = "the BMP picture ends early";
    }
    return found;
}

Found tiffHeader(std::string_view bytes)
{
    const std::optional<TiffDirectory> directory = tiffDirectory(bytes);
    if (!directory)
        return {{}, "the TIFF picture ends before its directory"};
    Found found{{ImageFormat::Tiff, directory->width, directory->height, directory->orientation, directory->extra}, {}};
    const bool sane = directory->width <= maximumPixels && directory->height <= maximumPixels
        && directory->width * directory->height <= maximumPixels && directory->bitsPerSample <= 64
        && directory->samples <= 16;
    if (sane && directory->compression == 1
        && directory->width * directory->height * directory->bitsPerSample * directory->samples / 8
            > static_cast<std::int64_t>(bytes.size()))
        found.problem = "it says " + std::to_string(directory->width) + " × " + std::to_string(directory->height)
            + " pixels, more than its bytes can hold";
    const bool grey = directory->colours <= 1;
    std::string kind;
    if (grey && directory->samples > 1)
        kind = "grey levels with transparency";
    else if (directory->bitsPerSample == 16 && directory->colours != 1 && directory->colours != 2)
        kind = "16 bits a sample in other colours than grey levels from black up or RGB";
    else if (directory->bitsPerSample == 16 && directory->planes == 2 && directory->samples > 1)
        kind = "16 bits a sample with each colour apart";
    if (found.problem.empty() && !kind.empty()) {
        found.problem = "the TIFF picture has " + kind + ", which is not read";
        found.remedy = "save it as PNG";
    }
    return found;
}

} // namespace

Result<ImageHeader> readImageHeader(std::string_view bytes, const std::string& where)
{
    const Bytes in(bytes);
    const Bytes little(bytes, false);
    Found found;
    if (bytes.empty())
        return Error{"the file is empty", where, "save or download it again"};
    if (in.is(0, "\x89PNG\r\n\x1a\n"))
        found = pngHeader(in);
    else if (in.is(0, "\xff\xd8\xff"))
        found = jpegHeader(in);
    else if (in.is(0, "RIFF") && in.is(8, "WEBP"))
        found = webpHeader(little);
    else if (in.is(0, "BM"))
        found = bmpHeader(little);
    else if (in.is(0, std::string_view("II*\0", 4)) || in.is(0, std::string_view("MM\0*", 4)))
        found = tiffHeader(bytes);
    else
        return Error{"this is not a PNG, JPEG, WebP, BMP or TIFF picture", where, "convert it"};
    const std::int64_t width = found.header.width;
    const std::int64_t height = found.header.height;
    if (found.problem.empty() && (width < 1 || height < 1))
        found.problem = "it says that it has no pixels";
    if (width > maximumPixels || height > maximumPixels
        || (width > 0 && height > 0 && width * height > maximumPixels)) {
        found.problem = std::to_string(width) + " × " + std::to_string(height) + " pixels are more than the "
            + grouped(maximumPixels / 1'000'000) + " megapixels that are decoded";
    }
    if (!found.problem.empty())
        return Error{found.problem, where, found.remedy};
    return found.header;
}

} // namespace saddle
