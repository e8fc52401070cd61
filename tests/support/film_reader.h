// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace saddle::test {

/// A film decoded again.
struct ReadFilm {
    std::string codec;
    std::string pixelFormat; ///< of the decoder
    std::vector<Image> frames; ///< RGB
    std::vector<double> times; ///< seconds at which each begins
    double seconds = 0; ///< all of it, as the file says
    std::array<int, 3> firstPixel{}; ///< of the first frame's three planes, where the format has three
};

/// Throws where there is no such film.
inline ReadFilm readFilm(const std::filesystem::path& path)
{
    const auto require = [&path](bool fine, const char* what) {
        if (!fine)
            throw std::runtime_error(path.string() + ": " + what);
    };
    AVFormatContext* opened = nullptr;
    require(avformat_open_input(&opened, ("file:" + path.string()).c_str(), nullptr, nullptr) == 0, "it does not open");
    const auto closeInput = [](AVFormatContext* input) { avformat_close_input(&input); };
    const std::unique_ptr<AVFormatContext, decltype(closeInput)> input(opened, closeInput);
    require(avformat_find_stream_info(opened, nullptr) >= 0 && opened->nb_streams == 1, "there is not one stream");
    const AVStream* stream = opened->streams[0];
    const AVCodec* codec = avcodec_find_decoder(stream->codecpar->codec_id);
    require(codec != nullptr, "there is no decoder");
    const auto freeDecoder = [](AVCodecContext* context) { avcodec_free_context(&context); };
    const std::unique_ptr<AVCodecContext, decltype(freeDecoder)> decoder(avcodec_alloc_context3(codec), freeDecoder);
    require(avcodec_parameters_to_context(decoder.get(), stream->codecpar) >= 0, "no parameters");
    decoder->thread_count = 1;
    require(avcodec_open2(decoder.get(), codec, nullptr) == 0, "the decoder does not open");
    const auto freePacket = [](AVPacket* object) { av_packet_free(&object); };
    const std::unique_ptr<AVPacket, decltype(freePacket)> packet(av_packet_alloc(), freePacket);
    const auto freeFrame = [](AVFrame* object) { av_frame_free(&object); };
    const std::unique_ptr<AVFrame, decltype(freeFrame)> frame(av_frame_alloc(), freeFrame);

    ReadFilm film;
    film.codec = codec->name;
    film.seconds = static_cast<double>(opened->duration) / AV_TIME_BASE;
    const auto take = [&] {
        while (avcodec_receive_frame(decoder.get(), frame.get()) == 0) {
            const auto format = static_cast<AVPixelFormat>(frame->format);
            if (film.frames.empty()) {
                film.pixelFormat = av_get_pix_fmt_name(format);
                if (frame->data[1] && frame->data[2])
                    film.firstPixel = {frame->data[0][0], frame->data[1][0], frame->data[2][0]};
            }
            Image image{frame->width, frame->height, 3, {}};
            image.pixels.resize(static_cast<std::size_t>(3 * frame->width * frame->height));
            SwsContext* scaler = sws_getContext(frame->width, frame->height, format, frame->width, frame->height,
                AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr);
            require(scaler != nullptr, "no conversion");
            const int* const table = sws_getCoefficients(SWS_CS_ITU709);
            sws_setColorspaceDetails(
                scaler, table, frame->color_range == AVCOL_RANGE_JPEG, table, 1, 0, 1 << 16, 1 << 16);
            std::uint8_t* const planes[4]{image.pixels.data(), nullptr, nullptr, nullptr};
            const int strides[4]{3 * frame->width, 0, 0, 0};
            sws_scale(scaler, frame->data, frame->linesize, 0, frame->height, planes, strides);
            sws_freeContext(scaler);
            film.frames.push_back(std::move(image));
            film.times.push_back(static_cast<double>(frame->best_effort_timestamp) * av_q2d(stream->time_base));
        }
    };
    while (av_read_frame(opened, packet.get()) >= 0) {
        require(avcodec_send_packet(decoder.get(), packet.get()) == 0, "a frame is broken");
        av_packet_unref(packet.get());
        take();
    }
    avcodec_send_packet(decoder.get(), nullptr);
    take();
    return film;
}

/// Grey as RGB; RGB as it is.
inline Image coloured(const Image& image)
{
    if (image.channels == 3)
        return image;
    Image result{image.width, image.height, 3, {}};
    for (const std::uint8_t value : image.pixels)
        result.pixels.insert(result.pixels.end(), {value, value, value});
    return result;
}

/// Peak signal to noise ratio in dB; infinite for the same pixels, NaN for other sizes.
inline double psnr(const Image& one, const Image& other)
{
    if (one.pixels.size() != other.pixels.size() || one.width != other.width)
        return NAN;
    double sum = 0;
    for (std::size_t i = 0; i < one.pixels.size(); ++i)
        sum += std::pow(static_cast<double>(one.pixels[i]) - static_cast<double>(other.pixels[i]), 2);
    return 10 * std::log10(255.0 * 255.0 * static_cast<double>(one.pixels.size()) / sum);
}

} // namespace saddle::test
