// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/video/encoders.h"
#include "core/video/ffmpeg/libav.h"

extern "C" {
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

namespace saddle {

namespace {

constexpr std::array<const char*, 2> encodersByRank{"libx264", "mpeg4"};

int even(int size)
{
    return size + size % 2;
}

/// Grey or coloured pixels as colours in rows of even length and of an even number, the last ones twice where need be.
/// In a frame of FFmpeg's own: its converters read past the end of what is only as large as the picture.
Result<AvFrame> evenColours(const Image& image, const std::filesystem::path& film)
{
    Result<AvFrame> frame = makeFrame(AV_PIX_FMT_RGB24, even(image.width), even(image.height), film);
    if (!frame)
        return frame;
    AVFrame& colours = **frame;
    const bool grey = image.channels == 1;
    for (int y = 0; y < colours.height; ++y) {
        const std::uint8_t* row = image.pixels.data()
            + static_cast<std::ptrdiff_t>(std::min(y, image.height - 1)) * image.width * image.channels;
        std::uint8_t* target = colours.data[0] + static_cast<std::ptrdiff_t>(y) * colours.linesize[0];
        for (int x = 0; x < colours.width; ++x) {
            const std::uint8_t* pixel =
                row + static_cast<std::ptrdiff_t>(std::min(x, image.width - 1)) * image.channels;
            for (int c = 0; c < 3; ++c)
                *target++ = pixel[grey ? 0 : c];
        }
    }
    return frame;
}

/// Turns pictures into frames of 4:2:0 by BT.709, of 16 to 235.
class Converter {
public:
    Converter(int width, int height)
        : m_width(width)
        , m_height(height)
        , m_context(sws_getContext(width, height, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_YUV420P,
              SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_BITEXACT, nullptr, nullptr, nullptr))
    {
        const int* const table = sws_getCoefficients(SWS_CS_ITU709);
        constexpr int one = 1 << 16;
        if (m_context)
            sws_setColorspaceDetails(m_context, table, 1, table, 0, 0, one, one);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() { sws_freeContext(m_context); }

    Result<AvFrame> convert(const Image& image, const std::filesystem::path& film)
    {
        Result<AvFrame> frame = makeFrame(AV_PIX_FMT_YUV420P, m_width, m_height, film);
        if (!frame)
            return frame;
        if (!m_context)
            return libavError(AVERROR(ENOMEM), film);
        const Result<AvFrame> colours = evenColours(image, film);
        if (!colours)
            return colours.error();
        const AVFrame& source = *colours.value();
        AVFrame& target = **frame;
        if (const int code =
                sws_scale(m_context, source.data, source.linesize, 0, m_height, target.data, target.linesize);
            code < 0)
            return libavError(code, film);
        target.colorspace = AVCOL_SPC_BT709;
        target.color_primaries = AVCOL_PRI_BT709;
        target.color_trc = AVCOL_TRC_BT709;
        target.color_range = AVCOL_RANGE_MPEG;
        return frame;
    }

private:
    int m_width;
    int m_height;
    SwsContext* m_context;
};

/// Quality before size: films are short.
Status openFilm(FilmFile& film, const AVCodec& codec, int width, int height, AVRational rate)
{
    const auto set = [rate](AVCodecContext& encoder) {
        encoder.pix_fmt = AV_PIX_FMT_YUV420P;
        encoder.colorspace = AVCOL_SPC_BT709;
        encoder.color_primaries = AVCOL_PRI_BT709;
        encoder.color_trc = AVCOL_TRC_BT709;
        encoder.color_range = AVCOL_RANGE_MPEG;
        // A picture of its own every two seconds, so that a player can be dragged.
        encoder.gop_size = std::max(1, static_cast<int>(std::lround(2 * av_q2d(rate))));
        if (encoder.codec_id == AV_CODEC_ID_MPEG4) {
            encoder.flags |= AV_CODEC_FLAG_QSCALE;
            encoder.global_quality = 2 * FF_QP2LAMBDA;
        }
    };
    // The same bytes on every machine: else the decisions of x264 depend on the processor, and with AVX-512 also on
    // what lay in memory before (x264 164).
    const AvOptions forH264{{"preset", "medium"}, {"crf", "16"}, {"x264-params", "cpu-independent=1"}};
    const AvOptions encoding = codec.id == AV_CODEC_ID_H264 ? forH264 : AvOptions();
    // The index first, so that a browser can begin before it has all.
    return film.open(codec, width, height, rate, set, encoding, {{"movflags", "+faststart"}});
}

} // namespace

std::span<const char* const> mp4Encoders()
{
    return encodersByRank;
}

Status encodersUsable(FilmFormat)
{
    return {};
}

Result<Film> encodeMp4(const FilmRequest& request, const std::filesystem::path& file, const FrameSource& frames,
    std::span<const char* const> encoders)
{
    const std::filesystem::path& path = request.path;
    const AVCodec* codec = nullptr;
    for (std::size_t i = 0; !codec && i < encoders.size(); ++i)
        codec = avcodec_find_encoder_by_name(encoders[i]);
    if (!codec)
        return libavError(AVERROR_ENCODER_NOT_FOUND, path);
    Film made;
    made.codec = codec->name;
    if (made.codec != encodersByRank.front())
        made.notes.emplace_back("FFmpeg has no libx264 here: the film is MPEG-4 Visual, which browsers do not play");
    FilmFile film("mp4", file, path);
    std::optional<Converter> converter;
    for (std::int64_t number = 0; number < request.frames; ++number) {
        const Result<Image> image = frames(number);
        if (!image)
            return image.error();
        if (number == 0) {
            made.width = even(image->width);
            made.height = even(image->height);
            converter.emplace(made.width, made.height);
            if (Status opened = openFilm(film, *codec, made.width, made.height, frameRate(request.framesPerSecond));
                !opened)
                return opened.error();
        }
        const Result<AvFrame> frame = converter->convert(*image, path);
        if (!frame)
            return frame.error();
        if (Status added = film.add(*frame.value()); !added)
            return added.error();
    }
    if (Status finished = film.finish(); !finished)
        return finished.error();
    return made;
}

} // namespace saddle
