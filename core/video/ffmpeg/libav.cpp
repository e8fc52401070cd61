// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/video/ffmpeg/libav.h"

#include "core/base/files.h"

#include <array>

namespace saddle {

namespace {

constexpr const char* cannot = "the film cannot be written";

class Dictionary {
public:
    explicit Dictionary(const AvOptions& options)
    {
        for (const auto& [name, value] : options)
            av_dict_set(&m_dictionary, name.c_str(), value.c_str(), 0);
    }
    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;
    ~Dictionary() { av_dict_free(&m_dictionary); }

    AVDictionary** get() { return &m_dictionary; }

private:
    AVDictionary* m_dictionary = nullptr;
};

} // namespace

Error libavError(int code, const std::filesystem::path& film)
{
    constexpr int largestErrno = 4095; // their own codes are four letters each, and so far below
    if (code < 0 && code >= -largestErrno)
        return systemError(AVUNERROR(code), cannot, film);
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(code, text.data(), text.size());
    return {std::string(cannot) + " (FFmpeg: " + text.data() + ")", film.string(), "try another format"};
}

AVRational frameRate(double framesPerSecond)
{
    constexpr int largest = 60'000; // MPEG-4 has 16 bits for it
    return av_d2q(framesPerSecond, largest);
}

Result<AvFrame> makeFrame(AVPixelFormat format, int width, int height, const std::filesystem::path& film)
{
    AvFrame frame(av_frame_alloc());
    if (!frame)
        return libavError(AVERROR(ENOMEM), film);
    frame->format = format;
    frame->width = width;
    frame->height = height;
    if (const int code = av_frame_get_buffer(frame.get(), 0); code < 0)
        return libavError(code, film);
    return frame;
}

FilmFile::FilmFile(const char* format, std::filesystem::path file, std::filesystem::path film)
    : m_format(format)
    , m_file(std::move(file))
    , m_film(std::move(film))
{
}

FilmFile::~FilmFile()
{
    // What the muxer of GIFs keeps of the last frame goes with its trailer, and with nothing else.
    if (m_begun)
        av_write_trailer(m_muxer);
    if (m_muxer && m_muxer->pb)
        avio_closep(&m_muxer->pb);
    avformat_free_context(m_muxer);
}

Status FilmFile::open(const AVCodec& codec, int width, int height, AVRational rate,
    const std::function<void(AVCodecContext&)>& set, const AvOptions& encoderOptions, const AvOptions& formatOptions)
{
    // These libraries would write to standard error what is said here in one sentence.
    av_log_set_level(AV_LOG_QUIET);
    const std::string url = "file:" + m_file.string();
    if (const int code = avformat_alloc_output_context2(&m_muxer, nullptr, m_format.c_str(), url.c_str()); code < 0)
        return libavError(code, m_film);
    m_muxer->flags |= AVFMT_FLAG_BITEXACT; // no times and versions: the same film is the same bytes
    m_encoder.reset(avcodec_alloc_context3(&codec));
    m_packet.reset(av_packet_alloc());
    m_stream = avformat_new_stream(m_muxer, nullptr);
    if (!m_encoder || !m_packet || !m_stream)
        return libavError(AVERROR(ENOMEM), m_film);
    m_encoder->width = width;
    m_encoder->height = height;
    m_encoder->time_base = av_inv_q(rate);
    m_encoder->framerate = rate;
    m_encoder->sample_aspect_ratio = {1, 1};
    m_encoder->flags |= AV_CODEC_FLAG_BITEXACT;
    if (m_muxer->oformat->flags & AVFMT_GLOBALHEADER)
        m_encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    m_encoder->thread_count = 1; // their number changes the bytes
    set(*m_encoder);
    Dictionary ofEncoder(encoderOptions);
    if (const int code = avcodec_open2(m_encoder.get(), &codec, ofEncoder.get()); code < 0)
        return libavError(code, m_film);
    if (const int code = avcodec_parameters_from_context(m_stream->codecpar, m_encoder.get()); code < 0)
        return libavError(code, m_film);
    m_stream->time_base = m_encoder->time_base;
    m_stream->avg_frame_rate = rate;
    if (const int code = avio_open(&m_muxer->pb, url.c_str(), AVIO_FLAG_WRITE); code < 0)
        return libavError(code, m_film);
    Dictionary ofFormat(formatOptions);
    if (const int code = avformat_write_header(m_muxer, ofFormat.get()); code < 0)
        return libavError(code, m_film);
    m_begun = true;
    return {};
}

Status FilmFile::encode(const AVFrame* frame)
{
    int code = avcodec_send_frame(m_encoder.get(), frame);
    while (code >= 0) {
        code = avcodec_receive_packet(m_encoder.get(), m_packet.get());
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return {};
        if (code < 0)
            break;
        if (m_packet->duration == 0)
            m_packet->duration = 1;
        av_packet_rescale_ts(m_packet.get(), m_encoder->time_base, m_stream->time_base);
        m_packet->stream_index = m_stream->index;
        code = av_interleaved_write_frame(m_muxer, m_packet.get());
        if (code >= 0)
            code = m_muxer->pb->error; // a disk that is full is told here first
    }
    return code < 0 ? Status(libavError(code, m_film)) : Status();
}

Status FilmFile::add(AVFrame& frame)
{
    frame.pts = m_next++;
    frame.pict_type = AV_PICTURE_TYPE_NONE;
    return encode(&frame);
}

Status FilmFile::finish()
{
    if (Status drained = encode(nullptr); !drained)
        return drained;
    m_begun = false;
    int code = av_write_trailer(m_muxer);
    if (code >= 0)
        code = m_muxer->pb->error;
    const int closed = avio_closep(&m_muxer->pb);
    if (code >= 0)
        code = closed;
    return code < 0 ? Status(libavError(code, m_film)) : Status();
}

} // namespace saddle
