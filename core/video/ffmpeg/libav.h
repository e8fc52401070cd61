// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/io/image.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
}

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace saddle {

/// Owners of what FFmpeg's libraries hand out, each with the function that takes it back.
template <auto release>
struct LibavRelease {
    template <typename T>
    void operator()(T* object) const
    {
        release(&object);
    }
};
using AvFrame = std::unique_ptr<AVFrame, LibavRelease<av_frame_free>>;
using AvPacket = std::unique_ptr<AVPacket, LibavRelease<av_packet_free>>;
using AvEncoder = std::unique_ptr<AVCodecContext, LibavRelease<avcodec_free_context>>;
using AvGraph = std::unique_ptr<AVFilterGraph, LibavRelease<avfilter_graph_free>>;

/// What a code of these libraries says, about the film that a person asked for.
Error libavError(int code, const std::filesystem::path& film);

/// Frames a second as a fraction that every format can take.
AVRational frameRate(double framesPerSecond);

/// An empty frame with memory for its pixels.
Result<AvFrame> makeFrame(AVPixelFormat format, int width, int height, const std::filesystem::path& film);

/// Encoder options by name; a name that the encoder does not have is passed over.
using AvOptions = std::vector<std::pair<std::string, std::string>>;

/// One encoded stream of pictures in a file.
class FilmFile {
public:
    /// `format` is the muxer's name; `film` is named in errors, `file` is written.
    FilmFile(const char* format, std::filesystem::path file, std::filesystem::path film);
    FilmFile(const FilmFile&) = delete;
    FilmFile& operator=(const FilmFile&) = delete;
    ~FilmFile();

    /// Opens encoder and file. `set` fills in what the encoder should know beside size and rate.
    Status open(const AVCodec& codec, int width, int height, AVRational rate,
        const std::function<void(AVCodecContext&)>& set, const AvOptions& encoderOptions,
        const AvOptions& formatOptions);
    /// The next frame; its time is its number in turn.
    Status add(AVFrame& frame);
    /// What the encoder still holds, and the end of the file.
    Status finish();

private:
    Status encode(const AVFrame* frame);

    std::string m_format;
    std::filesystem::path m_file;
    std::filesystem::path m_film;
    AVFormatContext* m_muxer = nullptr;
    AvEncoder m_encoder;
    AvPacket m_packet;
    AVStream* m_stream = nullptr;
    bool m_begun = false; ///< a header was written, and no trailer yet
    std::int64_t m_next = 0;
};

} // namespace saddle
