// SPDX-License-Identifier: GPL-3.0-or-later
// Two passes: palettegen looks at all frames for the 256 colours that suit them best, paletteuse paints them with
// these.
#include "core/video/encoders.h"
#include "core/video/ffmpeg/libav.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <cstring>

namespace saddle {

namespace {

/// A filter with its sources and its sink.
struct Chain {
    AvGraph graph;
    std::vector<AVFilterContext*> sources;
    AVFilterContext* sink = nullptr;
};

std::string sourceArguments(int width, int height, AVRational rate)
{
    return "video_size=" + std::to_string(width) + "x" + std::to_string(height)
        + ":pix_fmt=" + std::to_string(AV_PIX_FMT_RGB32) + ":time_base=" + std::to_string(rate.den) + "/"
        + std::to_string(rate.num) + ":pixel_aspect=1/1";
}

Result<Chain> makeChain(const char* filter, const char* arguments, const std::vector<std::string>& sources,
    const std::filesystem::path& film)
{
    av_log_set_level(AV_LOG_QUIET);
    Chain chain;
    chain.graph.reset(avfilter_graph_alloc());
    if (!chain.graph)
        return libavError(AVERROR(ENOMEM), film);
    chain.graph->nb_threads = 1;
    AVFilterContext* middle = nullptr;
    const auto add = [&chain](AVFilterContext** context, const char* kind, const char* name, const char* with) {
        const AVFilter* found = avfilter_get_by_name(kind);
        return found ? avfilter_graph_create_filter(context, found, name, with, nullptr, chain.graph.get())
                     : AVERROR_FILTER_NOT_FOUND;
    };
    int code = add(&middle, filter, "filter", arguments);
    for (unsigned i = 0; code >= 0 && i < sources.size(); ++i) {
        AVFilterContext* source = nullptr;
        code = add(&source, "buffer", ("in" + std::to_string(i)).c_str(), sources[i].c_str());
        if (code >= 0)
            code = avfilter_link(source, 0, middle, i);
        chain.sources.push_back(source);
    }
    if (code >= 0)
        code = add(&chain.sink, "buffersink", "out", nullptr);
    if (code >= 0)
        code = avfilter_link(middle, 0, chain.sink, 0);
    if (code >= 0)
        code = avfilter_graph_config(chain.graph.get(), nullptr);
    if (code < 0)
        return libavError(code, film);
    return chain;
}

Result<AvFrame> colouredFrame(const Image& image, std::int64_t number, const std::filesystem::path& film)
{
    Result<AvFrame> frame = makeFrame(AV_PIX_FMT_RGB32, image.width, image.height, film);
    if (!frame)
        return frame;
    (*frame)->pts = number;
    const std::uint8_t* pixel = image.pixels.data();
    const bool grey = image.channels == 1;
    for (int y = 0; y < image.height; ++y) {
        std::uint8_t* row = (*frame)->data[0] + static_cast<std::ptrdiff_t>(y) * (*frame)->linesize[0];
        for (int x = 0; x < image.width; ++x, pixel += image.channels) {
            const std::uint32_t colour = 0xff000000u | std::uint32_t{pixel[0]} << 16
                | std::uint32_t{pixel[grey ? 0 : 1]} << 8 | std::uint32_t{pixel[grey ? 0 : 2]};
            std::memcpy(row + std::ptrdiff_t{4} * x, &colour, sizeof colour);
        }
    }
    return frame;
}

/// The frame that comes out next; none when the filter wants more or has no more to give.
Result<AvFrame> nextFrom(const Chain& chain, const std::filesystem::path& film)
{
    AvFrame frame(av_frame_alloc());
    if (!frame)
        return libavError(AVERROR(ENOMEM), film);
    const int code = av_buffersink_get_frame(chain.sink, frame.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
        return AvFrame();
    if (code < 0)
        return libavError(code, film);
    return frame;
}

/// A null frame is the end.
Status push(AVFilterContext* source, AVFrame* frame, const std::filesystem::path& film)
{
    const int code = av_buffersrc_add_frame(source, frame);
    return code < 0 ? Status(libavError(code, film)) : Status();
}

/// What the first pass comes to.
struct Palette {
    AvFrame colours; ///< 16 × 16 pixels
    int width = 0; ///< of the frames
    int height = 0;
};

Result<Palette> choosePalette(const FilmRequest& request, const FrameSource& frames, AVRational rate)
{
    Palette palette;
    Chain chain;
    for (std::int64_t number = 0; number < request.frames; ++number) {
        const Result<Image> image = frames(number);
        if (!image)
            return image.error();
        if (number == 0) {
            palette.width = image->width;
            palette.height = image->height;
            Result<Chain> made = makeChain("palettegen", "max_colors=256:reserve_transparent=0:stats_mode=full",
                {sourceArguments(image->width, image->height, rate)}, request.path);
            if (!made)
                return made.error();
            chain = *std::move(made);
        }
        const Result<AvFrame> frame = colouredFrame(*image, number, request.path);
        if (!frame)
            return frame.error();
        if (Status put = push(chain.sources[0], frame.value().get(), request.path); !put)
            return put.error();
        // Nothing comes out before the end, but only those who ask set the filter in motion.
        if (const Result<AvFrame> none = nextFrom(chain, request.path); !none)
            return none.error();
    }
    if (Status put = push(chain.sources[0], nullptr, request.path); !put)
        return put.error();
    Result<AvFrame> colours = nextFrom(chain, request.path);
    if (!colours)
        return colours.error();
    if (!*colours)
        return libavError(AVERROR_EOF, request.path);
    palette.colours = *std::move(colours);
    return palette;
}

/// Hands the frames that come out of the filter to the file.
Status passOn(const Chain& chain, FilmFile& film, const std::filesystem::path& path)
{
    while (true) {
        const Result<AvFrame> frame = nextFrom(chain, path);
        if (!frame)
            return frame.error();
        if (!*frame)
            return {};
        if (Status added = film.add(**frame); !added)
            return added;
    }
}

} // namespace

Result<Film> encodeGif(const FilmRequest& request, const std::filesystem::path& file, const FrameSource& frames)
{
    const std::filesystem::path& path = request.path;
    const AVRational rate = frameRate(request.framesPerSecond);
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_GIF);
    if (!codec)
        return libavError(AVERROR_ENCODER_NOT_FOUND, path);
    Result<Palette> palette = choosePalette(request, frames, rate);
    if (!palette)
        return palette.error();
    const Result<Chain> chain = makeChain("paletteuse", "dither=sierra2_4a",
        {sourceArguments(palette->width, palette->height, rate),
            sourceArguments(palette->colours->width, palette->colours->height, rate)},
        path);
    if (!chain)
        return chain.error();
    palette->colours->pts = 0;
    if (Status put = push(chain->sources[1], palette->colours.get(), path); !put)
        return put.error();
    if (Status put = push(chain->sources[1], nullptr, path); !put)
        return put.error();
    FilmFile film("gif", file, path);
    const auto set = [](AVCodecContext& encoder) { encoder.pix_fmt = AV_PIX_FMT_PAL8; };
    if (Status opened =
            film.open(*codec, palette->width, palette->height, rate, set, {}, {{"loop", request.loop ? "0" : "-1"}});
        !opened)
        return opened.error();
    for (std::int64_t number = 0; number < request.frames; ++number) {
        const Result<Image> image = frames(number);
        if (!image)
            return image.error();
        const Result<AvFrame> frame = colouredFrame(*image, number, path);
        if (!frame)
            return frame.error();
        if (Status put = push(chain->sources[0], frame.value().get(), path); !put)
            return put.error();
        if (Status passed = passOn(*chain, film, path); !passed)
            return passed.error();
    }
    if (Status put = push(chain->sources[0], nullptr, path); !put)
        return put.error();
    if (Status passed = passOn(*chain, film, path); !passed)
        return passed.error();
    if (Status finished = film.finish(); !finished)
        return finished.error();
    return Film{palette->width, palette->height, codec->name, {}};
}

} // namespace saddle
