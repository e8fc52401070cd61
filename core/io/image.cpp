// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/image.h"

#include "core/base/files.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <new>

namespace saddle {

namespace {

/// libpng leaves by longjmp, which skips destructors: every function that calls setjmp below has trivial locals only,
/// keeps what must survive in one of these, and owns nothing but libpng's own structs, which it always frees.
struct Writing {
    std::string bytes;
    bool outOfMemory = false;
    char message[200] = "";
};

struct Reading {
    std::string_view bytes;
    std::size_t position = 0;
    char message[200] = "";
    png_structp png = nullptr;
    png_infop info = nullptr;
    int width = 0;
    int height = 0;
    int channels = 0;
    std::size_t rowBytes = 0;
};

template <typename T>
void leave(png_structp png, png_const_charp message)
{
    T* state = static_cast<T*>(png_get_error_ptr(png));
    std::strncpy(state->message, message, sizeof state->message - 1);
    png_longjmp(png, 1);
}

void ignoreWarning(png_structp, png_const_charp) { }

void takeBytes(png_structp png, png_bytep data, png_size_t size)
{
    Writing* state = static_cast<Writing*>(png_get_io_ptr(png));
    // No exception may pass through libpng's C frames.
    try {
        state->bytes.append(reinterpret_cast<const char*>(data), size);
    } catch (const std::bad_alloc&) {
        state->outOfMemory = true;
    }
    if (state->outOfMemory)
        png_error(png, "out of memory");
}

void giveBytes(png_structp png, png_bytep data, png_size_t size)
{
    Reading* state = static_cast<Reading*>(png_get_io_ptr(png));
    if (size > state->bytes.size() - state->position)
        png_error(png, "it ends early");
    std::memcpy(data, state->bytes.data() + state->position, size);
    state->position += size;
}

bool write(Writing& state, const Image& image, png_textp text, int textCount)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, leave<Writing>, ignoreWarning);
    if (!png)
        return false;
    png_infop info = png_create_info_struct(png);
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    if (!info)
        png_error(png, "out of memory");
    png_set_write_fn(png, &state, takeBytes, nullptr);
    png_set_IHDR(png, info, static_cast<png_uint_32>(image.width), static_cast<png_uint_32>(image.height), 8,
        image.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    // Spelled out rather than left to the library's defaults, so that another build of it gives the same bytes.
    png_set_compression_level(png, 6);
    png_set_compression_mem_level(png, 8);
    png_set_compression_window_bits(png, 15);
    png_set_compression_strategy(png, 1);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
    if (textCount > 0)
        png_set_text(png, info, text, textCount);
    png_write_info(png, info);
    const std::size_t rowBytes = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
    for (int y = 0; y < image.height; ++y)
        png_write_row(png, image.pixels.data() + static_cast<std::size_t>(y) * rowBytes);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return true;
}

/// Reads the header and asks for 8-bit grey or RGB; nothing has been allocated for pixels yet.
bool readHeader(Reading& state)
{
    state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, leave<Reading>, ignoreWarning);
    if (!state.png)
        return false;
    state.info = png_create_info_struct(state.png);
    if (!state.info)
        return false;
    if (setjmp(png_jmpbuf(state.png)))
        return false;
    png_set_read_fn(state.png, &state, giveBytes);
    // Text and profiles are not wanted: skipping them also skips their decompression.
    png_set_keep_unknown_chunks(state.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(state.png, state.info);
    const png_uint_32 width = png_get_image_width(state.png, state.info);
    const png_uint_32 height = png_get_image_height(state.png, state.info);
    if (static_cast<std::uint64_t>(width) * height > static_cast<std::uint64_t>(maximumPixels))
        png_error(state.png, "it has more than 64 megapixels");
    // Deflate cannot grow data by more than 1032 times: a header that claims more than the bytes can hold is a lie.
    if (static_cast<std::uint64_t>(png_get_rowbytes(state.png, state.info)) * height / 1032 > state.bytes.size())
        png_error(state.png, "it ends early");
    png_set_scale_16(state.png);
    png_set_expand_gray_1_2_4_to_8(state.png);
    if (png_get_color_type(state.png, state.info) == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(state.png);
    png_set_strip_alpha(state.png);
    png_set_interlace_handling(state.png);
    png_read_update_info(state.png, state.info);
    state.width = static_cast<int>(width);
    state.height = static_cast<int>(height);
    state.channels = png_get_channels(state.png, state.info);
    state.rowBytes = png_get_rowbytes(state.png, state.info);
    return true;
}

bool readRows(Reading& state, png_bytepp rows)
{
    if (setjmp(png_jmpbuf(state.png)))
        return false;
    png_read_image(state.png, rows);
    png_read_end(state.png, nullptr);
    return true;
}

/// Whether sizes are in range and, given `available` pixels bytes, agree with them.
bool sizesAgree(std::int64_t width, std::int64_t height, int channels, std::size_t available)
{
    return width >= 1 && height >= 1 && (channels == 1 || channels == 3) && width <= maximumPixels
        && height <= maximumPixels && width * height <= maximumPixels
        && available == static_cast<std::size_t>(width * height * channels);
}

Status checkText(const PngText& text)
{
    for (const auto& [key, value] : text) {
        const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
        if (key.empty() || key.size() > 79 || !printable || key.front() == ' ' || key.back() == ' '
            || key.find("  ") != std::string::npos) {
            return Error{
                "a PNG cannot hold a text with the key \"" + key + "\"", {}, "use 1 to 79 printable ASCII characters"};
        }
        if (value.find('\0') != std::string::npos)
            return Error{"a PNG cannot hold a NUL in the text \"" + key + "\"", {}, "remove it"};
    }
    return {};
}

} // namespace

Result<std::string> encodePng(const Image& image, const PngText& text)
{
    if (!sizesAgree(image.width, image.height, image.channels, image.pixels.size())) {
        return Error{"a picture of " + std::to_string(image.width) + "x" + std::to_string(image.height) + " with "
                + std::to_string(image.channels) + " channels and " + std::to_string(image.pixels.size())
                + " bytes cannot be a PNG",
            {}, "make it 1 or 3 channels, not empty, and at most 64 megapixels"};
    }
    if (Status status = checkText(text); !status)
        return status.error();
    try {
        PngText copy = text; // libpng wants writable strings
        std::vector<std::string> keys;
        keys.reserve(copy.size());
        std::vector<png_text> texts;
        for (auto& [key, value] : copy) {
            png_text entry{};
            const bool ascii = std::all_of(value.begin(), value.end(), [](char c) { return c > 0; });
            entry.compression = ascii ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
            keys.push_back(key);
            entry.key = keys.back().data();
            entry.text = value.data();
            (ascii ? entry.text_length : entry.itxt_length) = value.size();
            texts.push_back(entry);
        }
        Writing state;
        if (!write(state, image, texts.data(), static_cast<int>(texts.size()))) {
            return Error{std::string("the picture cannot be encoded as PNG (") + state.message + ")", {},
                "free some memory or make the picture smaller"};
        }
        return std::move(state.bytes);
    } catch (const std::bad_alloc&) {
        return Error{"there is not enough memory to encode the picture", {}, "make the picture smaller"};
    }
}

Status writePng(const std::filesystem::path& path, const Image& image, const PngText& text)
{
    const Result<std::string> bytes = encodePng(image, text);
    return bytes ? writeFileWhole(path, *bytes) : Status(bytes.error().in(path.string()));
}

Result<Image> decodePng(std::string_view bytes, const std::string& where)
{
    if (bytes.empty())
        return Error{"the file is empty", where, "download or save it again"};
    static constexpr unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (bytes.size() < sizeof signature || std::memcmp(bytes.data(), signature, sizeof signature) != 0)
        return Error{"this is not a PNG picture", where, "give a PNG file"};
    Image image;
    Reading state;
    state.bytes = bytes;
    bool done = false;
    bool outOfMemory = false;
    try {
        if (readHeader(state)) {
            image.width = state.width;
            image.height = state.height;
            image.channels = state.channels;
            image.pixels.resize(state.rowBytes * static_cast<std::size_t>(state.height));
            std::vector<png_bytep> rows(static_cast<std::size_t>(state.height));
            for (std::size_t y = 0; y < rows.size(); ++y)
                rows[y] = image.pixels.data() + y * state.rowBytes;
            done = readRows(state, rows.data());
        }
    } catch (const std::bad_alloc&) {
        outOfMemory = true;
    }
    png_destroy_read_struct(&state.png, &state.info, nullptr);
    if (outOfMemory)
        return Error{"there is not enough memory for this picture", where, "use a smaller one"};
    if (!done || !sizesAgree(image.width, image.height, image.channels, image.pixels.size())) {
        return Error{std::string("the PNG picture cannot be read: ") + (*state.message ? state.message : "damaged"),
            where, "save or download it again"};
    }
    return image;
}

Result<Image> readPng(const std::filesystem::path& path)
{
    constexpr std::size_t limit = 512u << 20;
    const Result<std::string> bytes = readFile(path, limit);
    if (!bytes)
        return bytes.error();
    return decodePng(*bytes, path.string());
}

Image tile(std::span<const std::uint8_t> pixels, int count, int height, int width, int channels, int columns, int gap,
    std::uint8_t background)
{
    if (count < 1 || height < 1 || width < 1 || (channels != 1 && channels != 3) || columns < 1 || gap < 0)
        return {};
    // Each factor is below 2^31, so checking after every product keeps all of this inside 64 bits.
    const std::int64_t across = std::min(columns, count);
    const std::int64_t down = (count + across - 1) / across;
    const std::int64_t gridWidth = across * width + (across - 1) * gap;
    const std::int64_t gridHeight = down * height + (down - 1) * gap;
    const std::int64_t pictureSize = static_cast<std::int64_t>(height) * width;
    if (gridWidth > maximumPixels || gridHeight > maximumPixels || gridWidth * gridHeight > maximumPixels
        || pixels.size() / static_cast<std::size_t>(pictureSize * channels) < static_cast<std::size_t>(count))
        return {};
    Image grid{static_cast<int>(gridWidth), static_cast<int>(gridHeight), channels, {}};
    grid.pixels.assign(static_cast<std::size_t>(gridWidth * gridHeight * channels), background);
    const std::uint8_t* from = pixels.data();
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t left = i % across * (width + gap);
        const std::int64_t top = i / across * (height + gap);
        for (std::int64_t y = 0; y < height; ++y, from += static_cast<std::int64_t>(width) * channels) {
            std::copy_n(from, static_cast<std::int64_t>(width) * channels,
                grid.pixels.begin() + ((top + y) * gridWidth + left) * channels);
        }
    }
    return grid;
}

Image scaleUp(const Image& image, int factor)
{
    if (!sizesAgree(image.width, image.height, image.channels, image.pixels.size()))
        return {};
    if (factor < 2)
        return image;
    const std::int64_t width = static_cast<std::int64_t>(image.width) * factor;
    const std::int64_t height = static_cast<std::int64_t>(image.height) * factor;
    if (width > maximumPixels || height > maximumPixels || width * height > maximumPixels)
        return {};
    Image result{static_cast<int>(width), static_cast<int>(height), image.channels, {}};
    result.pixels.resize(static_cast<std::size_t>(width * height * image.channels));
    const std::int64_t rowBytes = width * image.channels;
    for (std::int64_t y = 0; y < height; ++y) {
        const auto row = result.pixels.begin() + y * rowBytes;
        if (y % factor != 0) {
            std::copy_n(row - rowBytes, rowBytes, row);
            continue;
        }
        const std::uint8_t* from =
            image.pixels.data() + static_cast<std::ptrdiff_t>(y / factor) * image.width * image.channels;
        for (std::int64_t x = 0; x < width; ++x)
            std::copy_n(from + x / factor * image.channels, image.channels, row + x * image.channels);
    }
    return result;
}

} // namespace saddle
